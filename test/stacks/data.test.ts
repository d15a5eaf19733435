import type { Stacks } from "../support/synthesize.ts";
import {
  ableWriters,
  completeAccessLogs,
  expiringLogs,
  impersonalAccessLogs,
  ownLogGroups,
  writableLogs,
} from "./rules/logs.ts";
import { type Change, changeAll, changeFirst, replaceInAll, resources } from "./rules/resources.ts";
import { allStacks, testRule } from "./rules/rule.ts";
import { noSecrets } from "./rules/secrets.ts";
import { protectedStores } from "./rules/stores.ts";

const lambda = (change: Change) => changeFirst("aws_lambda_function", change);
const cache = (change: Change) => changeFirst("aws_elasticache_replication_group", change);
const stage = (change: Change) => changeFirst("aws_api_gateway_stage", change);

const deliveryPolicy = "aws_cloudwatch_log_resource_policy";

describe("data in the stacks", () => {
  testRule(protectedStores, {
    "a cache that may be destroyed": cache({
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
    "logs without retention": changeFirst("aws_cloudwatch_log_group", { retention_in_days: undefined }),
  });

  testRule(ownLogGroups, {
    "a function that makes its own group": lambda({
      "logging_config.log_group": undefined,
    }),
    "two functions with one group": (stacks) => {
      const [one, other] = resources(stacks, "aws_lambda_function");
      one!.attributes.logging_config = other!.attributes.logging_config;
    },
    "a flow log to a group of another account": changeFirst("aws_flow_log", {
      log_destination: "arn:aws:logs:eu-west-1:111122223333:log-group:x",
    }),
    "a cache without a slow log": cache({
      log_delivery_configuration: undefined,
    }),
    "a stage without an access log": stage({ access_log_settings: undefined }),
  });

  testRule(impersonalAccessLogs, {
    "addresses in the access log": stage({
      "access_log_settings.format": "$context.identity.sourceIp",
    }),
    "paths in the access log": stage({
      "access_log_settings.format": "$context.path",
    }),
    "bodies in execution logs": changeFirst("aws_api_gateway_method_settings", {
      "settings.data_trace_enabled": true,
    }),
  });

  testRule(completeAccessLogs, {
    ...Object.fromEntries(
      ["$context.integration.latency", "$context.waf.status", "$context.wafResponseCode"].map((variable) => [
        `a log without ${variable}`,
        stage(({ access_log_settings: log }) => {
          log.format = log.format.replace(variable, "-");
        }),
      ]),
    ),
  });

  testRule(writableLogs, {
    ...Object.fromEntries(
      resources(allStacks(), deliveryPolicy).map(({ address, stackName, type, id }) => [
        `that ${address} is missing`,
        (stacks: Stacks) => {
          delete stacks[stackName]!.resource[type]![id];
        },
      ]),
    ),
    "a log that other accounts may write": replaceInAll(
      deliveryPolicy,
      "policy_document",
      "aws:SourceAccount",
      "aws:UserAgent",
    ),
    "a policy in another region than the log": changeAll(deliveryPolicy, { provider: undefined }),
  });

  testRule(ableWriters, {
    "a flow log that cannot write": replaceInAll(
      "aws_iam_role_policy",
      "policy",
      '"logs:PutLogEvents"',
      '"logs:GetLogEvents"',
    ),
    "an API Gateway that cannot create streams": replaceInAll(
      "aws_iam_role_policy",
      "policy",
      /"logs:CreateLogStream",(?=.*FilterLogEvents)/,
      "",
    ),
    "a writer that may delete": replaceInAll(
      "aws_iam_role_policy",
      "policy",
      '"logs:FilterLogEvents"',
      '"logs:DeleteLogGroup"',
    ),
  });

  testRule(noSecrets, {
    "a password": changeFirst("aws_elasticache_user", { password: "correct horse" }),
    "a URL with a password": changeFirst("aws_ssm_parameter", {
      value: "rediss://user:hunter2@${aws_cache.x.y}:6379",
    }),
    "an access key": lambda({
      "environment.variables.KEY": "AKIAIOSFODNN7EXAMPLE",
    }),
    "a private key": changeFirst("aws_ssm_parameter", { value: "-----BEGIN RSA PRIVATE KEY-----\nMII" }),
    "a random value, in hexadecimal": lambda({
      "environment.variables.PEPPER": "9f86d081884c7d659a2feaa0c55ad015",
    }),
    "a random value": lambda({
      "environment.variables.PEPPER": "q83vEjRWeJq83vEjRWeJCqsN7fT4zLx1b2Y=",
    }),
  });
});
