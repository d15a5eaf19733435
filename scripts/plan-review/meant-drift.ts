import { differencesOf } from "./differences.ts";
import type { ResourceChange } from "./plan.ts";

/** What releases and scaling change day by day, as they should; the stacks have Terraform ignore it. */
export const meantDrift: Readonly<Record<string, readonly string[]>> = {
  aws_lambda_alias: ["function_version", "routing_config", "description"],
  aws_lambda_provisioned_concurrency_config: ["provisioned_concurrent_executions"],
};

/** Whether a change outside of Terraform is nothing but what others are there to change. */
export function isMeant(change: ResourceChange): boolean {
  const meant = meantDrift[change.type];
  return (
    change.effect === "change" &&
    meant !== undefined &&
    differencesOf(change).every(({ path }) => meant.includes(path.split(".")[0]!))
  );
}
