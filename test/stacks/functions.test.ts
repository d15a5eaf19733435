import type { Stacks } from "../support/synthesize.ts";
import { limitedConcurrency, provisionedFunctions } from "./rules/concurrency.ts";
import {
  aliasesOnly,
  leastPrivilegeMigration,
  privateFunctions,
  publishedFunctions,
  tracedFunctions,
} from "./rules/functions.ts";
import { add, changeFirst, first, removeAll, resources } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";

const migrationPolicy = (stacks: Stacks) =>
  resources(stacks, "aws_iam_role_policy").find(({ id }) => id.startsWith("migration"))!.attributes;

describe("functions of the stacks", () => {
  testRule(privateFunctions, {
    "a function outside the VPC": changeFirst("aws_lambda_function", { vpc_config: undefined }),
    "a function in a subnet of unknown origin": changeFirst("aws_lambda_function", {
      "vpc_config.subnet_ids": ["subnet-1", "subnet-2"],
    }),
    "private subnets that become public": (stacks) => {
      const [route] = resources(stacks, "aws_route").filter(({ attributes }) => attributes.nat_gateway_id);
      route!.attributes.gateway_id = "${aws_internet_gateway.x.id}";
    },
    "the cache in the public subnet": (stacks) => {
      const [subnet] = resources(stacks, "aws_subnet").filter(({ id }) => id.includes("public"));
      const group = Object.values(subnet!.stack.resource.aws_elasticache_subnet_group!)[0]!;
      group.subnet_ids.push(`\${aws_subnet.${subnet!.id}.id}`);
    },
  });

  testRule(tracedFunctions, {
    "a function that is traced by chance": changeFirst("aws_lambda_function", {
      "tracing_config.mode": "PassThrough",
    }),
    "a function that logs text": changeFirst("aws_lambda_function", { "logging_config.log_format": "Text" }),
    "a stage that is not traced": changeFirst("aws_api_gateway_stage", { xray_tracing_enabled: undefined }),
  });

  testRule(publishedFunctions, {
    "a function without versions": changeFirst("aws_lambda_function", { publish: false }),
    "an alias that Terraform moves": changeFirst("aws_lambda_alias", { lifecycle: undefined }),
    "a function without an alias": changeFirst("aws_lambda_alias", { function_name: "another" }),
    "an alias of the function of operators": (stacks) => {
      const [migration] = resources(stacks, "aws_lambda_function").filter(({ id }) =>
        id.startsWith("migration"),
      );
      const functionName = `\${aws_lambda_function.${migration!.id}.function_name}`;
      add("staging-service", "aws_lambda_alias", { name: "live", function_name: functionName })(stacks);
    },
  });

  testRule(leastPrivilegeMigration, {
    "a migration that reads other parameters": (stacks) => {
      migrationPolicy(stacks).policy = migrationPolicy(stacks).policy.replace("/mongodb-uri", "/redis-url");
    },
    "a migration that signs": (stacks) => {
      migrationPolicy(stacks).policy = migrationPolicy(stacks).policy.replace(
        '"ssm:GetParameters"',
        '"ssm:GetParameters","kms:Sign"',
      );
    },
  });

  testRule(aliasesOnly, {
    "a permission for every version": changeFirst("aws_lambda_permission", { qualifier: undefined }),
    "a permission for any API": changeFirst("aws_lambda_permission", {
      source_arn: "arn:aws:execute-api:eu-west-1:111122223333:x/live/*",
    }),
    "a permission for everyone": changeFirst("aws_lambda_permission", { principal: "*" }),
    "an integration with the function itself": (stacks) => {
      const integration = first(stacks, "aws_api_gateway_integration");
      integration.uri = integration.uri.replace("lambda_alias", "lambda_function");
    },
    "a URL": add("service", "aws_lambda_function_url", {}),
  });

  testRule(limitedConcurrency, {
    "a function without a bound": changeFirst("aws_lambda_function", {
      reserved_concurrent_executions: undefined,
    }),
    "more than the database has connections": changeFirst("aws_lambda_function", {
      reserved_concurrent_executions: 400,
    }),
  });

  testRule(provisionedFunctions, {
    "a number that Terraform sets back": changeFirst("aws_lambda_provisioned_concurrency_config", {
      lifecycle: undefined,
    }),
    "a version kept ready": changeFirst("aws_lambda_provisioned_concurrency_config", { qualifier: "7" }),
    "the function api kept ready": (stacks) => {
      const ready = first(stacks, "aws_lambda_provisioned_concurrency_config");
      for (const attribute of ["qualifier", "function_name"]) {
        ready[attribute] = ready[attribute].replace("auth_", "api_");
      }
    },
    "a number that does not move": removeAll("production-service", "aws_appautoscaling_policy"),
    "a number that stays up in silence": (stacks) => {
      const { customized_metric_specification } = first(
        stacks,
        "aws_appautoscaling_policy",
      ).target_tracking_scaling_policy_configuration;
      customized_metric_specification.metrics[1].expression = "measured";
    },
    "a number that moves further than the table says": changeFirst("aws_appautoscaling_target", {
      max_capacity: 500,
    }),
    "nothing kept ready": removeAll("production-service", "aws_lambda_provisioned_concurrency_config"),
  });
});
