import { code } from "../plan-review/code.ts";
import { judge, worst } from "../plan-review/judge.ts";
import { markdown } from "../plan-review/markdown.ts";
import type { Plans } from "../plan-review/plan-stacks.ts";

/** A review of plans, and whether a check is to fail by it. */
export interface CheckReview {
  /** Markdown. */
  readonly text: string;
  /** At danger, and where a stack could not be planned. What wants attention is for the reviewer alone. */
  readonly failed: boolean;
}

/** Reviews plans, and names the stacks that have none. Why is in the log of the job: Terraform's words may hold values. */
export function reviewPlans({ plans, failures }: Plans): CheckReview {
  const findings = judge(plans);
  const unplanned = failures.map(
    ({ stackName }) => `- ${code(stackName)} could not be planned. The log of the job says why.`,
  );
  return {
    text: [
      ...(unplanned.length > 0 ? ["## Not planned", unplanned.join("\n")] : []),
      markdown(plans, findings),
    ].join("\n\n"),
    failed: failures.length > 0 || worst(findings) === "danger",
  };
}

/** GitHub refuses a comment of more characters. */
const maxLength = 65_536;

const cutOffNote =
  "> [!NOTE]\n> This is cut off, as GitHub takes no more. The summary of the run has all of it.\n\n";

/**
 * Writes the body of a comment on a pull request.
 *
 * @param review Markdown; cut off at GitHub's limit, with a note
 * @param commit that was reviewed, if it is one of a pull request
 */
export function toCommentBody(review: string, commit: string | undefined): string {
  const body = commit ? `${review}\nOf commit ${commit}.\n` : review;
  if (body.length <= maxLength) return body;
  // The note precedes the text: a list that was cut off would swallow what follows it.
  return cutOffNote + body.slice(0, maxLength - cutOffNote.length);
}
