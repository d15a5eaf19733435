import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { OperatorError } from "../cli/errors.ts";
import { evaluate, findWorstSeverity } from "./evaluate.ts";
import type { Severity } from "./finding.ts";
import { toMarkdown, toUndeployedList } from "./markdown.ts";
import { type Plan, readPlan } from "./plan.ts";
import type { DeployedPlans } from "./plan-deployed.ts";

/** Exit status by the worst severity; 1 means that a plan could not be reviewed. */
const exitStatuses: Readonly<Record<Severity, number>> = { info: 0, warning: 2, critical: 3 };

/** What plans mean. */
export interface Review {
  /** Markdown, or JSON. */
  readonly text: string;
  readonly exitStatus: number;
}

/**
 * Reviews plans. The exit status is that of the worst finding.
 *
 * @param undeployed names of stacks that were not planned because they have no state
 */
export function review(
  plans: readonly Plan[],
  format: "markdown" | "json" = "markdown",
  undeployed: readonly string[] = [],
): Review {
  const findings = evaluate(plans);
  const worst = findWorstSeverity(findings);
  return {
    text:
      format === "json"
        ? JSON.stringify({ worst: worst ?? "none", findings, undeployed }, undefined, 2)
        : [...toUndeployedList(undeployed), toMarkdown(plans, findings).trimEnd()].join("\n\n"),
    exitStatus: worst ? exitStatuses[worst] : 0,
  };
}

/** Reviews drift. The exit status of any drift is at least that of a warning, and 1 if a stack could not be planned. */
export function reviewDrift({ plans, failures, undeployed }: DeployedPlans, format?: "markdown" | "json"): Review {
  const { text, exitStatus } = review(plans, format, undeployed);
  const hasDrift = plans.some(({ drift }) => drift.length > 0);
  const least = hasDrift ? exitStatuses.warning : 0;
  return { text, exitStatus: failures.length > 0 ? 1 : Math.max(least, exitStatus) };
}

/**
 * Reads the output of `terraform show -json` from files that are named after their stacks.
 * @throws {OperatorError} if a file cannot be read, or is not a plan
 */
export const readPlans = (files: readonly string[]): Promise<Plan[]> => Promise.all(files.map(readPlanFile));

async function readPlanFile(file: string): Promise<Plan> {
  const text = await readFile(file, "utf8").catch((cause: Error) => {
    throw new OperatorError("plan-file-unreadable", {
      what: `The file ${file} cannot be read.`,
      why: cause.message,
      action: "Give files that hold the output of `terraform show -json`.",
      cause,
    });
  });
  return readPlan(basename(file).replace(/(\.plan)?\.json$/, ""), text);
}
