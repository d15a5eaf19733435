import type { Stacks } from "../support/synthesize.ts";
import { ableWriters, writableLogs } from "./rules/log-writers.ts";
import { completeAccessLogs, expiringLogs, impersonalAccessLogs, ownLogGroups } from "./rules/logs.ts";
import { changeFirst, first, resources } from "./rules/resources.ts";
import { allStacks, testRule } from "./rules/rule.ts";
import { noSecrets } from "./rules/secrets.ts";
import { protectedStores } from "./rules/stores.ts";

/** Policies of roles that hold an action. */
const policiesWith = (stacks: Stacks, action: string) =>
  resources(stacks, "aws_iam_role_policy")
    .filter(({ attributes }) => attributes.policy.includes(action))
    .map(({ attributes }) => attributes);

describe("data in the stacks", () => {
  testRule(protectedStores, {
    "a cache that may be destroyed": changeFirst("aws_elasticache_replication_group", {
      lifecycle: undefined,
    }),
    "a key that may be destroyed": changeFirst("aws_kms_key", { "lifecycle.prevent_destroy": false }),
    "a database that may be destroyed": changeFirst("mongodbatlas_advanced_cluster", {
      "lifecycle.prevent_destroy": false,
    }),
    "a Flex cluster that may be destroyed": changeFirst("mongodbatlas_flex_cluster", {
      lifecycle: undefined,
    }),
    "a backup bucket that may be destroyed": changeFirst("aws_s3_bucket", { lifecycle: undefined }),
    "an API key that may be destroyed": changeFirst("aws_api_gateway_api_key", { lifecycle: undefined }),
  });

  testRule(expiringLogs, {
    "logs kept for ever": changeFirst("aws_cloudwatch_log_group", { retention_in_days: undefined }),
  });

  testRule(ownLogGroups, {
    "a function that makes its own group": changeFirst("aws_lambda_function", {
      "logging_config.log_group": undefined,
    }),
    "two functions with one group": (stacks) => {
      const [one, other] = resources(stacks, "aws_lambda_function");
      one!.attributes.logging_config = other!.attributes.logging_config;
    },
    "a flow log to a group of someone else": changeFirst("aws_flow_log", {
      log_destination: "arn:aws:logs:eu-west-1:111122223333:log-group:x",
    }),
    "a cache without a slow log": changeFirst("aws_elasticache_replication_group", {
      log_delivery_configuration: undefined,
    }),
    "a stage without an access log": changeFirst("aws_api_gateway_stage", { access_log_settings: undefined }),
  });

  testRule(impersonalAccessLogs, {
    "addresses in the access log": changeFirst("aws_api_gateway_stage", {
      "access_log_settings.format": "$context.identity.sourceIp",
    }),
    "paths in the access log": changeFirst("aws_api_gateway_stage", {
      "access_log_settings.format": "$context.path",
    }),
    "bodies in execution logs": changeFirst("aws_api_gateway_method_settings", {
      "settings.data_trace_enabled": true,
    }),
  });

  testRule(completeAccessLogs, {
    "one latency for all": (stacks) => {
      const log = first(stacks, "aws_api_gateway_stage").access_log_settings;
      log.format = log.format.replace("$context.integration.latency", "-");
    },
    "no outcome of the WAF": (stacks) => {
      const log = first(stacks, "aws_api_gateway_stage").access_log_settings;
      log.format = log.format.replace("$context.waf.status", "-");
    },
    "nothing on what the WAF decided": (stacks) => {
      const log = first(stacks, "aws_api_gateway_stage").access_log_settings;
      log.format = log.format.replace("$context.wafResponseCode", "-");
    },
  });

  testRule(writableLogs, {
    ...Object.fromEntries(
      resources(allStacks(), "aws_cloudwatch_log_resource_policy").map(({ address, stackName, type, id }) => [
        `that ${address} is missing`,
        (stacks: Stacks) => {
          delete stacks[stackName]!.resource[type]![id];
        },
      ]),
    ),
    "a log that other accounts may write": (stacks) => {
      const policy = first(stacks, "aws_cloudwatch_log_resource_policy");
      policy.policy_document = policy.policy_document.replace("aws:SourceAccount", "aws:UserAgent");
    },
    "a policy in another region than the log": (stacks) => {
      for (const { attributes } of resources(stacks, "aws_cloudwatch_log_resource_policy")) {
        delete attributes.provider;
      }
    },
  });

  testRule(ableWriters, {
    "a flow log that cannot write": (stacks) => {
      const [policy] = policiesWith(stacks, "logs:DescribeLogGroups");
      policy!.policy = policy!.policy.replace('"logs:PutLogEvents"', '"logs:GetLogEvents"');
    },
    "an API Gateway that cannot make streams": (stacks) => {
      const [policy] = policiesWith(stacks, "logs:FilterLogEvents");
      policy!.policy = policy!.policy.replace('"logs:CreateLogStream",', "");
    },
    "a writer that may delete": (stacks) => {
      const [policy] = policiesWith(stacks, "logs:FilterLogEvents");
      policy!.policy = policy!.policy.replace('"logs:FilterLogEvents"', '"logs:DeleteLogGroup"');
    },
  });

  testRule(noSecrets, {
    "a password": changeFirst("aws_elasticache_user", { password: "correct horse" }),
    "a URL with a password": changeFirst("aws_ssm_parameter", {
      value: "rediss://user:hunter2@${aws_cache.x.y}:6379",
    }),
    "an access key": changeFirst("aws_lambda_function", {
      "environment.variables.KEY": "AKIAIOSFODNN7EXAMPLE",
    }),
    "a private key": changeFirst("aws_ssm_parameter", { value: "-----BEGIN RSA PRIVATE KEY-----\nMII" }),
    "a value made by chance, in hexadecimal": changeFirst("aws_lambda_function", {
      "environment.variables.PEPPER": "9f86d081884c7d659a2feaa0c55ad015",
    }),
    "a value made by chance": changeFirst("aws_lambda_function", {
      "environment.variables.PEPPER": "q83vEjRWeJq83vEjRWeJCqsN7fT4zLx1b2Y=",
    }),
  });
});
