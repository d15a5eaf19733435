import type { Attributes } from "../../support/synthesize.ts";
import { failing, getEnvironment, referenced, resources } from "./resources.ts";
import type { Rule } from "./rule.ts";

/** Connections that the database's primary takes: https://www.mongodb.com/docs/atlas/reference/atlas-limits/ */
const connections: Readonly<Record<string, number>> = { flex: 500, M10: 1_490 };

/** One that works and one that watches, also of the version before. */
const connectionsPerRequest = 4;

/** What an account has by default, but for the hundred that must stay unreserved. */
const reservable = 900;

export const limitedConcurrency: Rule = {
  name: "every function's requests at once are bound: the database bears them all, and the account has more",
  check: (stacks) => [
    ...failing(
      stacks,
      ["aws_lambda_function"],
      "may take all that the account has",
      ({ attributes }) => attributes.reserved_concurrent_executions > 0,
    ),
    ...Object.entries(stacks)
      .filter(([, stack]) => stack.resource.aws_lambda_function)
      .filter(([, stack]) => {
        const { database } = getEnvironment(stack);
        const sum = Object.values(stack.resource.aws_lambda_function!).reduce(
          (total, { reserved_concurrent_executions }) => total + reserved_concurrent_executions,
          0,
        );
        const bearable = connections[database.kind === "flex" ? "flex" : database.instanceSize] ?? 0;
        return !(sum * connectionsPerRequest <= bearable && sum <= reservable);
      })
      .map(([name]) => `${name}: has functions that ask too much at once`),
  ],
};

/** By the share that is in use, of which silence is none. */
function scalesOnUse({ target_value, customized_metric_specification }: Attributes): boolean {
  const [measured, filled] = customized_metric_specification?.metrics ?? [];
  return (
    target_value < 1 &&
    measured?.metric_stat.metric.metric_name === "ProvisionedConcurrencyUtilization" &&
    measured.return_data === false &&
    filled?.expression === `FILL(${measured.id}, 0)`
  );
}

export const provisionedFunctions: Rule = {
  name: "where the table says so, auth and only auth is kept ready, by its alias, and scaled without Terraform's undoing it",
  check: (stacks) => [
    ...failing(
      stacks,
      ["aws_lambda_provisioned_concurrency_config"],
      "is not auth's alias, or is undone by Terraform",
      ({ stack, attributes }) => {
        const alias = referenced(stacks, stack, attributes.qualifier);
        const { provisionedConcurrency } = getEnvironment(stack).functions;
        return (
          alias?.type === "aws_lambda_alias" &&
          alias.id.startsWith("auth_") &&
          attributes.function_name === `\${aws_lambda_alias.${alias.id}.function_name}` &&
          attributes.provisioned_concurrent_executions === provisionedConcurrency?.minimum &&
          attributes.lifecycle?.ignore_changes?.includes("provisioned_concurrent_executions")
        );
      },
    ),
    ...resources(stacks, "aws_lambda_provisioned_concurrency_config")
      .filter(({ stack, attributes }) => {
        const { minimum, maximum } = getEnvironment(stack).functions.provisionedConcurrency!;
        const [target] = Object.values(stack.resource.aws_appautoscaling_target ?? {});
        const [policy] = Object.values(stack.resource.aws_appautoscaling_policy ?? {});
        const { qualifier, function_name } = attributes;
        return !(
          target?.resource_id === `function:${function_name}:${qualifier}` &&
          target.scalable_dimension === "lambda:function:ProvisionedConcurrency" &&
          target.min_capacity === minimum &&
          target.max_capacity === maximum &&
          referenced(stacks, stack, policy?.resource_id)?.type === "aws_appautoscaling_target" &&
          scalesOnUse(policy!.target_tracking_scaling_policy_configuration)
        );
      })
      .map(({ address }) => `${address}: is not scaled`),
    ...Object.entries(stacks)
      .filter(([name]) => name.endsWith("-service"))
      .filter(([, stack]) => {
        const isWanted = getEnvironment(stack).functions.provisionedConcurrency !== undefined;
        const ready = Object.keys(stack.resource.aws_lambda_provisioned_concurrency_config ?? {}).length;
        return ready !== (isWanted ? 1 : 0);
      })
      .map(([name]) => `${name}: keeps ready what the table does not say`),
  ],
};
