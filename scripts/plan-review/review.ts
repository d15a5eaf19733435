import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { ConfigurationError } from "../../service/config.ts";
import { evaluate, findWorstSeverity } from "./evaluate.ts";
import type { Severity } from "./finding.ts";
import { toMarkdown } from "./markdown.ts";
import { type Plan, readPlan } from "./plan.ts";
import type { PlanResults } from "./plan-stacks.ts";

/** Exit status by the worst that was found; 1 is left for what could not be reviewed. */
const exitStatuses: Readonly<Record<Severity, number>> = { note: 0, attention: 2, danger: 3 };

/** What plans mean. */
export interface Review {
  /** Markdown, or JSON. */
  readonly text: string;
  readonly exitStatus: number;
}

/** Says what plans mean, and what exit status the worst of it has. */
export function review(plans: readonly Plan[], format: "markdown" | "json" = "markdown"): Review {
  const findings = evaluate(plans);
  const verdict = findWorstSeverity(findings);
  return {
    text:
      format === "json"
        ? JSON.stringify({ verdict: verdict ?? "none", findings }, undefined, 2)
        : toMarkdown(plans, findings).trimEnd(),
    exitStatus: verdict ? exitStatuses[verdict] : 0,
  };
}

/** Reviews drift: the exit status of any drift is at least that of attention, and 1 where a stack could not be planned. */
export function reviewDrift({ plans, failures }: PlanResults, format?: "markdown" | "json"): Review {
  const { text, exitStatus } = review(plans, format);
  const isClean = plans.every(({ drift }) => drift.length === 0);
  const ofDrift = isClean ? exitStatus : Math.max(exitStatuses.attention, exitStatus);
  return { text, exitStatus: failures.length > 0 ? 1 : ofDrift };
}

/**
 * Reads plans that `terraform show -json` printed into files named after their stacks.
 * @throws {ConfigurationError} if a file is no plan
 */
export const readPlans = (files: readonly string[]): Promise<Plan[]> => Promise.all(files.map(readPlanFile));

async function readPlanFile(file: string): Promise<Plan> {
  try {
    return readPlan(basename(file).replace(/(\.plan)?\.json$/, ""), await readFile(file, "utf8"));
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw new ConfigurationError(
      `${file} could not be read: ${(error as Error).message}. Give files that hold what \`terraform show -json\` printed.`,
    );
  }
}
