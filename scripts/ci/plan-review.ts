// `node --import tsx scripts/ci/plan-review.ts FILE [COMMIT]`: plans all stacks of this checkout, writes the review into the file as
// the body of a comment on a pull request, and exits with 1 if the check must fail.
import { realpathSync } from "node:fs";
import { appendFile, writeFile } from "node:fs/promises";
import { OperatorError } from "../cli/errors.ts";
import { runCommand } from "../cli/run-command.ts";
import { evaluate, findWorstSeverity } from "../plan-review/evaluate.ts";
import { toCodeSpan } from "../plan-review/finding.ts";
import { toMarkdown, toUndeployedList } from "../plan-review/markdown.ts";
import { type DeployedPlans, planDeployedStacks } from "../plan-review/plan-deployed.ts";

/** A review of plans, and whether the check must fail. */
export interface Review {
  /** Markdown. */
  readonly text: string;
  /** True with critical findings, or if a stack could not be planned. Warnings are for the reviewer only. */
  readonly failed: boolean;
}

/**
 * Reviews plans, and names the stacks without one. Only the log has the reason of a failure, because Terraform's output may
 * contain values.
 */
export function reviewPlans({ plans, failures, undeployed }: DeployedPlans): Review {
  const findings = evaluate(plans);
  const unplanned = failures.map(
    ({ stackName }) => `- ${toCodeSpan(stackName)} could not be planned. The log of the job says why.`,
  );
  return {
    text: [
      ...(unplanned.length > 0 ? ["## Not planned", unplanned.join("\n")] : []),
      ...toUndeployedList(undeployed),
      toMarkdown(plans, findings),
    ].join("\n\n"),
    failed: failures.length > 0 || findWorstSeverity(findings) === "critical",
  };
}

/** GitHub's limit for a comment, in characters. */
const maxLength = 65_536;

const truncationNote =
  "> [!NOTE]\n> The review exceeds GitHub's limit and is truncated. The summary of the run has all of it.\n\n";

/**
 * Writes the body of a comment on a pull request.
 *
 * @param review Markdown; truncated at GitHub's limit, with a note
 * @param commit the reviewed commit, for a pull request
 */
export function toCommentBody(review: string, commit: string | undefined): string {
  const body = commit ? `${review}\nOf commit ${commit}.\n` : review;
  if (body.length <= maxLength) return body;
  // The note comes first: a truncated list would absorb it.
  return truncationNote + body.slice(0, maxLength - truncationNote.length);
}

if (import.meta.filename === realpathSync(process.argv[1]!)) {
  await runCommand(async () => {
    const [file, commit] = process.argv.slice(2);
    if (!file) {
      throw new OperatorError("review-file-missing", {
        what: "The review was not written.",
        why: "The command has no argument.",
        action: "Run `node --import tsx scripts/ci/plan-review.ts FILE`.",
      });
    }
    const { text, failed } = reviewPlans(await planDeployedStacks(undefined, [], console.error));
    await writeFile(file, toCommentBody(text, commit));
    if (process.env.GITHUB_STEP_SUMMARY) await appendFile(process.env.GITHUB_STEP_SUMMARY, text);
    if (failed) process.exitCode = 1;
  });
}
