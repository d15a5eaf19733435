import type { ResourceChange } from "./plan.ts";

/** The changes that neither releases, scaling nor a refresh made, without what a refresh wrote. */
export const findUnexpectedDrift = (drift: readonly ResourceChange[]): ResourceChange[] =>
  drift.map(withoutRefreshed).filter(isUnexpected);

/** Attributes that releases and scaling change. The stacks make Terraform ignore them. */
export const expectedDrift: Readonly<Record<string, readonly string[]>> = {
  aws_lambda_alias: ["function_version", "routing_config", "description"],
  aws_lambda_provisioned_concurrency_config: ["provisioned_concurrent_executions"],
};

/** A change without what the provider's first refresh writes in place of nothing: 0 or false. */
const withoutRefreshed = (change: ResourceChange): ResourceChange => ({
  ...change,
  differences: change.differences.filter(
    ({ before, after }) => !(before === undefined && (after === 0 || after === false)),
  ),
});

/** Whether more than releases, scaling and a refresh made a change outside of Terraform. */
function isUnexpected({ type, effect, differences }: ResourceChange): boolean {
  const expected = expectedDrift[type] ?? [];
  return effect !== "change" || differences.some(({ path }) => !expected.includes(path.split(".")[0]!));
}
