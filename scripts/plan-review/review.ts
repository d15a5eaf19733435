import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { ConfigurationError } from "../../service/config.ts";
import type { Severity } from "./finding.ts";
import { judge, worst } from "./judge.ts";
import { markdown } from "./markdown.ts";
import { type Plan, readPlan } from "./plan.ts";

/** Exit status by the worst that was found; 1 is left for what could not be reviewed. */
export const exitStatus: Readonly<Record<Severity, number>> = { note: 0, attention: 2, danger: 3 };

export interface ReviewOptions {
  readonly json?: boolean;
}

/**
 * `npm run ops -- review plan.json...`
 * @throws {ConfigurationError} if a file is no plan
 */
export async function review(files: readonly string[], options: ReviewOptions): Promise<void> {
  printReview(await Promise.all(files.map(planIn)), options);
}

/** Prints what plans mean, and sets the exit status of the process by the worst of it. */
export function printReview(plans: readonly Plan[], { json }: ReviewOptions): void {
  const findings = judge(plans);
  const verdict = worst(findings);
  console.log(
    json
      ? JSON.stringify({ verdict: verdict ?? "none", findings }, undefined, 2)
      : markdown(plans, findings).trimEnd(),
  );
  process.exitCode = verdict ? exitStatus[verdict] : 0;
}

async function planIn(file: string): Promise<Plan> {
  try {
    return readPlan(basename(file).replace(/(\.plan)?\.json$/, ""), await readFile(file, "utf8"));
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw new ConfigurationError(
      `${file} could not be read: ${(error as Error).message}. Give files that hold what \`terraform show -json\` printed.`,
    );
  }
}
