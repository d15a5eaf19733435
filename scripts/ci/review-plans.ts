import { code } from "../plan-review/code.ts";
import { judge, worst } from "../plan-review/judge.ts";
import { markdown } from "../plan-review/markdown.ts";
import type { Plans } from "../plan-review/plan-stacks.ts";

/** A review of plans, and whether a check is to fail by it. */
export interface Review {
  /** Markdown. */
  readonly text: string;
  /** At danger, and where a stack could not be planned. What wants attention is for the reviewer alone. */
  readonly failed: boolean;
}

/** Reviews plans, and names the stacks that have none. Why is in the log of the job: Terraform's words may hold values. */
export function reviewPlans({ plans, failures }: Plans): Review {
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
