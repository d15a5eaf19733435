import { limitedConcurrency, provisionedFunctions } from "./rules/concurrency.ts";
import {
  aliasesOnly,
  leastPrivilegeMigration,
  privateFunctions,
  publishedFunctions,
  tracedFunctions,
} from "./rules/functions.ts";
import {
  add,
  type Change,
  changeFirst,
  changeWhere,
  removeAll,
  replaceIn,
  resources,
} from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";

const lambda = (change: Change) => changeFirst("aws_lambda_function", change);

const inMigration = (from: string, to: string) =>
  changeWhere("aws_iam_role_policy", ({ id }) => id.startsWith("migration"), replaceIn("policy", from, to));

describe("functions of the stacks", () => {
  testRule(privateFunctions, {
    "a function outside the VPC": lambda({ vpc_config: undefined }),
    "a function in unknown subnets": lambda({
      "vpc_config.subnet_ids": ["subnet-1", "subnet-2"],
    }),
    "private subnets that become public": changeWhere(
      "aws_route",
      ({ attributes }) => attributes.nat_gateway_id,
      { gateway_id: "${aws_internet_gateway.x.id}" },
    ),
    "the cache in the public subnet": (stacks) => {
      const [subnet] = resources(stacks, "aws_subnet").filter(({ id }) => id.includes("public"));
      const group = Object.values(subnet!.stack.resource.aws_elasticache_subnet_group!)[0]!;
      group.subnet_ids.push(`\${aws_subnet.${subnet!.id}.id}`);
    },
  });

  testRule(tracedFunctions, {
    "a function that is traced only with its caller": lambda({
      "tracing_config.mode": "PassThrough",
    }),
    "a function that logs text": lambda({ "logging_config.log_format": "Text" }),
    "a stage that is not traced": changeFirst("aws_api_gateway_stage", { xray_tracing_enabled: undefined }),
  });

  testRule(publishedFunctions, {
    "a function without versions": lambda({ publish: false }),
    "an alias that Terraform moves": changeFirst("aws_lambda_alias", { lifecycle: undefined }),
    "a function without an alias": changeFirst("aws_lambda_alias", { function_name: "another" }),
    "an alias of the migration": (stacks) => {
      const [migration] = resources(stacks, "aws_lambda_function").filter(({ id }) =>
        id.startsWith("migration"),
      );
      const functionName = `\${aws_lambda_function.${migration!.id}.function_name}`;
      add("staging-service", "aws_lambda_alias", { name: "live", function_name: functionName })(stacks);
    },
  });

  testRule(leastPrivilegeMigration, {
    "a migration that reads other parameters": inMigration("/mongodb-uri", "/redis-url"),
    "a migration that signs": inMigration('"ssm:GetParameters"', '"ssm:GetParameters","kms:Sign"'),
  });

  testRule(aliasesOnly, {
    "a permission for every version": changeFirst("aws_lambda_permission", { qualifier: undefined }),
    "a permission for any API": changeFirst("aws_lambda_permission", {
      source_arn: "arn:aws:execute-api:eu-west-1:111122223333:x/live/*",
    }),
    "a permission for everyone": changeFirst("aws_lambda_permission", { principal: "*" }),
    "an integration with the function itself": changeFirst(
      "aws_api_gateway_integration",
      replaceIn("uri", "lambda_alias", "lambda_function"),
    ),
    "a URL": add("service", "aws_lambda_function_url", {}),
  });

  testRule(limitedConcurrency, {
    "a function without reserved concurrency": lambda({
      reserved_concurrent_executions: undefined,
    }),
    "more concurrency than the database has connections": lambda({
      reserved_concurrent_executions: 400,
    }),
  });

  testRule(provisionedFunctions, {
    "a number that Terraform resets": changeFirst("aws_lambda_provisioned_concurrency_config", {
      lifecycle: undefined,
    }),
    "provisioned concurrency of a version": changeFirst("aws_lambda_provisioned_concurrency_config", {
      qualifier: "7",
    }),
    "provisioned concurrency of api": changeFirst("aws_lambda_provisioned_concurrency_config", (config) => {
      for (const attribute of ["qualifier", "function_name"]) replaceIn(attribute, "auth_", "api_")(config);
    }),
    "a number that is not scaled": removeAll("production-service", "aws_appautoscaling_policy"),
    "missing data that is not zero": changeFirst("aws_appautoscaling_policy", {
      "target_tracking_scaling_policy_configuration.customized_metric_specification.metrics.1.expression":
        "measured",
    }),
    "another maximum than in the configuration": changeFirst("aws_appautoscaling_target", {
      max_capacity: 500,
    }),
    "no provisioned concurrency": removeAll(
      "production-service",
      "aws_lambda_provisioned_concurrency_config",
    ),
  });
});
