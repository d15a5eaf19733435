import type { Attributes, Stacks } from "../support/synthesize.ts";
import { inRolePolicies, type Statement } from "./rules/policies.ts";
import {
  type Change,
  changeAll,
  changeFirst,
  getStackEnvironment,
  referenced,
  replaceInAll,
  resources,
} from "./rules/resources.ts";
import { allStacks, type Rule, resourceRule, rulesByType, testRule } from "./rules/rule.ts";
import { noSecrets } from "./rules/secrets.ts";
import { protectedStores } from "./rules/stores.ts";

// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
const personalVariables = /\$context\.(identity|authorizer|authorize|path\b|requestOverride)/;

const expiringLogs = resourceRule(
  "every log group has a retention",
  "aws_cloudwatch_log_group",
  ({ attributes }) => attributes.retention_in_days > 0,
);

/** The log group of each resource that writes a log. */
const writers: Readonly<Record<string, (attributes: Attributes) => unknown>> = {
  aws_api_gateway_stage: ({ access_log_settings }) => access_log_settings?.destination_arn,
  aws_elasticache_replication_group: ({ log_delivery_configuration }) => log_delivery_configuration?.[0]?.destination,
  aws_flow_log: ({ log_destination }) => log_destination,
  aws_lambda_function: ({ logging_config }) => logging_config?.log_group,
};

const ownLogGroups: Rule = {
  name: "every function, stage, cache and flow log has a log group of its own in the stacks",
  check: (stacks) => {
    const targets = resources(stacks, ...Object.keys(writers)).map(({ address, stackName, type, attributes }) => ({
      address,
      stackName,
      group: String(writers[type]!(attributes)),
    }));
    return targets
      .filter(
        ({ stackName, group }) =>
          !group.startsWith("${aws_cloudwatch_log_group.") ||
          targets.filter((other) => other.stackName === stackName && other.group === group).length > 1,
      )
      .map(({ address }) => address);
  },
};

const requiredVariables = [
  "$context.requestId",
  "$context.responseLatency",
  "$context.integration.latency",
  "$context.waf.status",
  "$context.wafResponseCode",
  "$context.waf.latency",
];

const completeAccessLogs = resourceRule(
  "access logs are JSON with the request id, the latency of each part, and the response of WAF",
  "aws_api_gateway_stage",
  ({ attributes }) => {
    const values = Object.values(JSON.parse(attributes.access_log_settings.format));
    return requiredVariables.every((variable) => values.includes(variable));
  },
);

const impersonalAccessLogs = rulesByType(
  "access logs contain no address, user agent, caller or path, and API Gateway logs no bodies",
  {
    aws_api_gateway_stage: ({ attributes }) => {
      const format = attributes.access_log_settings?.format;
      return typeof format === "string" && !personalVariables.test(format);
    },
    aws_api_gateway_method_settings: ({ attributes: { settings } }) =>
      settings.data_trace_enabled === false && settings.logging_level === "OFF",
  },
);

/** The log group of each resource whose log CloudWatch's log delivery writes. */
const delivered: Readonly<Record<string, (attributes: Attributes) => string>> = {
  aws_cloudwatch_log_delivery_destination: ({ delivery_destination_configuration: [configuration] }) =>
    configuration.destination_resource_arn,
  aws_elasticache_replication_group: ({ log_delivery_configuration: [configuration] }) =>
    configuration.destination.replace(/\.name\}$/, ".arn}"),
  aws_wafv2_web_acl_logging_configuration: ({ log_destination_configs: [group] }) => group,
};

const writableLogs = resourceRule(
  "CloudWatch's log delivery may write the logs of every web ACL, distribution and cache, for our account only",
  Object.keys(delivered),
  ({ stack, type, attributes }) => {
    const { accountId, region: environmentRegion } = getStackEnvironment(stack);
    const group = delivered[type]!(attributes);
    const region = attributes.provider?.replace("aws.", "") ?? environmentRegion;
    return Object.values(stack.resource.aws_cloudwatch_log_resource_policy ?? {})
      .filter(({ provider }) => provider === attributes.provider)
      .flatMap(({ policy_document }) => JSON.parse(policy_document).Statement as Statement[])
      .some(
        ({ Effect, Principal, Action, Resource: targets, Condition }) =>
          Effect === "Allow" &&
          Principal?.Service === "delivery.logs.amazonaws.com" &&
          Action?.join() === "logs:CreateLogStream,logs:PutLogEvents" &&
          targets?.join() === `${group}:log-stream:*` &&
          Condition?.StringEquals?.["aws:SourceAccount"] === accountId &&
          Condition.ArnLike?.["aws:SourceArn"] === `arn:aws:logs:${region}:${accountId}:*`,
      );
  },
);

/** The role of each resource that writes logs through one, and the actions that AWS requires. */
const roleWriters: Readonly<Record<string, { role: (attributes: Attributes) => unknown; actions: readonly string[] }>> =
  {
    // https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html, without the creation of groups
    aws_flow_log: {
      role: ({ iam_role_arn }) => iam_role_arn,
      actions: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents", "logs:DescribeLogGroups"],
    },
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    aws_api_gateway_account: {
      role: ({ cloudwatch_role_arn }) => cloudwatch_role_arn,
      actions: [
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:DescribeLogStreams",
        "logs:FilterLogEvents",
        "logs:GetLogEvents",
        "logs:PutLogEvents",
        "logs:DescribeLogGroups",
      ],
    },
  };

const ableWriters: Rule = resourceRule(
  "the roles with which flow logs and API Gateway write logs have exactly the actions that AWS requires",
  Object.keys(roleWriters),
  ({ stack, type, attributes }, stacks) => {
    const { role, actions } = roleWriters[type]!;
    const roleId = referenced(stacks, stack, role(attributes))?.id;
    return (
      resources(stacks, "aws_iam_role_policy")
        .filter((policy) => policy.stack === stack)
        .filter((policy) => referenced(stacks, stack, policy.attributes.role)?.id === roleId)
        .flatMap((policy) => JSON.parse(policy.attributes.policy).Statement as Statement[])
        .flatMap(({ Action = [] }) => Action)
        .join() === actions.join()
    );
  },
);

const lambda = (change: Change) => changeFirst("aws_lambda_function", change);
const cache = (change: Change) => changeFirst("aws_elasticache_replication_group", change);
const stage = (change: Change) => changeFirst("aws_api_gateway_stage", change);

const deliveryPolicy = "aws_cloudwatch_log_resource_policy";

describe("data in the stacks", () => {
  testRule(protectedStores, {
    "a cache that may be destroyed": cache({ lifecycle: undefined }),
    "a key that may be destroyed": changeFirst("aws_kms_key", { "lifecycle.prevent_destroy": false }),
    "a database that may be destroyed": changeFirst("mongodbatlas_advanced_cluster", {
      "lifecycle.prevent_destroy": false,
    }),
    "a Flex cluster that may be destroyed": changeFirst("mongodbatlas_flex_cluster", { lifecycle: undefined }),
    "a backup bucket that may be destroyed": changeFirst("aws_s3_bucket", { lifecycle: undefined }),
    "an API key that may be destroyed": changeFirst("aws_api_gateway_api_key", { lifecycle: undefined }),
  });

  testRule(expiringLogs, {
    "logs without retention": changeFirst("aws_cloudwatch_log_group", { retention_in_days: undefined }),
  });

  testRule(ownLogGroups, {
    "a function that makes its own group": lambda({ "logging_config.log_group": undefined }),
    "two functions with one group": (stacks) => {
      const [one, other] = resources(stacks, "aws_lambda_function");
      one!.attributes.logging_config = other!.attributes.logging_config;
    },
    "a flow log to a group of another account": changeFirst("aws_flow_log", {
      log_destination: "arn:aws:logs:eu-west-1:111122223333:log-group:x",
    }),
    "a cache without a slow log": cache({ log_delivery_configuration: undefined }),
    "a stage without an access log": stage({ access_log_settings: undefined }),
  });

  testRule(impersonalAccessLogs, {
    "addresses in the access log": stage({ "access_log_settings.format": "$context.identity.sourceIp" }),
    "paths in the access log": stage({ "access_log_settings.format": "$context.path" }),
    "bodies in execution logs": changeFirst("aws_api_gateway_method_settings", { "settings.data_trace_enabled": true }),
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
    "a flow log that cannot write": inRolePolicies('"logs:PutLogEvents"', '"logs:GetLogEvents"'),
    "an API Gateway that cannot create streams": inRolePolicies(/"logs:CreateLogStream",(?=.*FilterLogEvents)/, ""),
    "a writer that may delete": inRolePolicies('"logs:FilterLogEvents"', '"logs:DeleteLogGroup"'),
  });

  testRule(noSecrets, {
    "a password": changeFirst("aws_elasticache_user", { password: "correct horse" }),
    "a URL with a password": changeFirst("aws_ssm_parameter", { value: "rediss://user:hunter2@${aws_cache.x.y}:6379" }),
    "an access key": lambda({ "environment.variables.KEY": "AKIAIOSFODNN7EXAMPLE" }),
    "a private key": changeFirst("aws_ssm_parameter", { value: "-----BEGIN RSA PRIVATE KEY-----\nMII" }),
    "a random value, in hexadecimal": lambda({ "environment.variables.PEPPER": "9f86d081884c7d659a2feaa0c55ad015" }),
    "a random value": lambda({ "environment.variables.PEPPER": "q83vEjRWeJq83vEjRWeJCqsN7fT4zLx1b2Y=" }),
  });
});
