import type { Attributes } from "../../support/synthesize.ts";
import { getEnvironment, referenced, stacksNamed } from "./resources.ts";
import { type Rule, resourceRule } from "./rule.ts";

/** Connection limits of the database's primary: https://www.mongodb.com/docs/atlas/reference/atlas-limits/ */
const connections: Readonly<Record<string, number>> = { flex: 500, M10: 1_490 };

/** One for requests and one for monitoring, also of the previous version. */
const connectionsPerRequest = 4;

/** The default quota of an account, without the 100 that must stay unreserved. */
const reservable = 900;

export const limitedConcurrency: Rule = {
  name: "every function has reserved concurrency; the sum is within the limits of the database and the account",
  check: (stacks) =>
    stacksNamed(stacks, "-service")
      .filter(([, stack]) => {
        const { database } = getEnvironment(stack);
        const reserved: number[] = Object.values(stack.resource.aws_lambda_function!).map(
          ({ reserved_concurrent_executions }) => reserved_concurrent_executions,
        );
        const sum = reserved.reduce((total, each) => total + each, 0);
        const limit = connections[database.kind === "flex" ? "flex" : database.instanceSize] ?? 0;
        return !(
          reserved.every((each) => each > 0) &&
          sum * connectionsPerRequest <= limit &&
          sum <= reservable
        );
      })
      .map(([name]) => name),
};

/** Scales on the utilization, with missing data as zero. */
function scalesOnUtilization({ target_value, customized_metric_specification }: Attributes): boolean {
  const [measured, filled] = customized_metric_specification?.metrics ?? [];
  return (
    target_value < 1 &&
    measured?.metric_stat.metric.metric_name === "ProvisionedConcurrencyUtilization" &&
    measured.return_data === false &&
    filled?.expression === `FILL(${measured.id}, 0)`
  );
}

const scaledAuth = resourceRule(
  "provisioned concurrency is that of auth's alias, and scaled; Terraform does not reset it",
  "aws_lambda_provisioned_concurrency_config",
  ({ stack, attributes: { qualifier, function_name, ...config } }, stacks) => {
    const alias = referenced(stacks, stack, qualifier);
    const { minimum, maximum } = getEnvironment(stack).functions.provisionedConcurrency!;
    const [target] = Object.values(stack.resource.aws_appautoscaling_target ?? {});
    const [policy] = Object.values(stack.resource.aws_appautoscaling_policy ?? {});
    return (
      alias?.type === "aws_lambda_alias" &&
      alias.id.startsWith("auth_") &&
      function_name === `\${aws_lambda_alias.${alias.id}.function_name}` &&
      config.provisioned_concurrent_executions === minimum &&
      config.lifecycle?.ignore_changes?.includes("provisioned_concurrent_executions") &&
      target?.resource_id === `function:${function_name}:${qualifier}` &&
      target.scalable_dimension === "lambda:function:ProvisionedConcurrency" &&
      target.min_capacity === minimum &&
      target.max_capacity === maximum &&
      referenced(stacks, stack, policy?.resource_id)?.type === "aws_appautoscaling_target" &&
      scalesOnUtilization(policy!.target_tracking_scaling_policy_configuration)
    );
  },
);

export const provisionedFunctions: Rule = {
  name: "auth, and only auth, has the provisioned concurrency of the configuration, by its alias, scaled without Terraform resetting it",
  check: (stacks) => [
    ...scaledAuth.check(stacks),
    ...stacksNamed(stacks, "-service")
      .filter(([, stack]) => {
        const expected = getEnvironment(stack).functions.provisionedConcurrency ? 1 : 0;
        const configs = stack.resource.aws_lambda_provisioned_concurrency_config ?? {};
        return Object.keys(configs).length !== expected;
      })
      .map(([name]) => name),
  ],
};
