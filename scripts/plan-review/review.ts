import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { OperatorError } from "../cli/errors.ts";
import { evaluate, findWorstSeverity } from "./evaluate.ts";
import { toMarkdown, toUndeployedList } from "./markdown.ts";
import { type Plan, readPlan } from "./plan.ts";
import type { DeployedPlans } from "./plan-deployed.ts";

/** What plans mean, in Markdown or JSON. */
export type Review = Readonly<{ text: string; exitStatus: number }>;

/** By the worst severity; 1 means that a plan could not be reviewed. */
const exitStatuses = { none: 0, info: 0, warning: 2, critical: 3 };

/**
 * Reviews plans. The exit status is that of the worst finding.
 *
 * @param undeployed names of stacks that were not planned because they have no state
 */
export function review(
  plans: readonly Plan[],
  { json = false }: { json?: boolean } = {},
  undeployed: readonly string[] = [],
): Review {
  const findings = evaluate(plans);
  const worst = findWorstSeverity(findings) ?? "none";
  const text = json
    ? JSON.stringify({ worst, findings, undeployed }, undefined, 2)
    : [...toUndeployedList(undeployed), toMarkdown(plans, findings).trimEnd()].join("\n\n");
  return { text, exitStatus: exitStatuses[worst] };
}

/** Reviews drift. The exit status of any drift is at least that of a warning, and 1 if a stack could not be planned. */
export function reviewDrift({ plans, failures, undeployed }: DeployedPlans, options?: { json?: boolean }): Review {
  const { text, exitStatus } = review(plans, options, undeployed);
  const least = plans.some(({ drift }) => drift.length > 0) ? exitStatuses.warning : 0;
  return { text, exitStatus: failures.length > 0 ? 1 : Math.max(least, exitStatus) };
}

/**
 * Reads the output of `terraform show -json` from files that are named after their stacks.
 * @throws {OperatorError} if a file cannot be read, or is not a plan
 */
export const readPlans = (files: readonly string[]): Promise<Plan[]> =>
  Promise.all(
    files.map(async (file) => {
      const bytes = await readFile(file).catch((cause: Error) => {
        const what = `The file ${file} cannot be read.`;
        const action = "Give files that hold the output of `terraform show -json`.";
        throw new OperatorError("plan-file-unreadable", { what, why: cause.message, action, cause });
      });
      // A byte order mark of UTF-16, or a character of ASCII that takes two bytes.
      if (/^(\xff\xfe|\xfe\xff|[^\0]\0|\0[^\0])/.test(bytes.toString("latin1", 0, 2))) {
        throw new OperatorError("plan-file-utf-16", {
          what: `The file ${file} is not UTF-8.`,
          why: "It is UTF-16, as Windows PowerShell writes what `>` redirects.",
          action: 'Write it with `cmd /c "terraform show -json FILE > plan.json"`, or in PowerShell 7.',
        });
      }
      return readPlan(basename(file).replace(/(\.plan)?\.json$/, ""), new TextDecoder().decode(bytes));
    }),
  );
