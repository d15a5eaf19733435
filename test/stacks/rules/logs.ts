import type { Attributes } from "../../support/synthesize.ts";
import type { Statement } from "./policies.ts";
import { getEnvironment, referenced, resources } from "./resources.ts";
import { type Rule, resourceRule, rulesByType } from "./rule.ts";

// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
const personalVariables = /\$context\.(identity|authorizer|authorize|path\b|requestOverride)/;

export const expiringLogs = resourceRule(
  "every log group has a retention",
  "aws_cloudwatch_log_group",
  ({ attributes }) => attributes.retention_in_days > 0,
);

/** The log group of each resource that writes a log. */
const writers: Readonly<Record<string, (attributes: Attributes) => unknown>> = {
  aws_api_gateway_stage: ({ access_log_settings }) => access_log_settings?.destination_arn,
  aws_elasticache_replication_group: ({ log_delivery_configuration }) =>
    log_delivery_configuration?.[0]?.destination,
  aws_flow_log: ({ log_destination }) => log_destination,
  aws_lambda_function: ({ logging_config }) => logging_config?.log_group,
};

export const ownLogGroups: Rule = {
  name: "every function, stage, cache and flow log has a log group of its own in the stacks",
  check: (stacks) => {
    const targets = resources(stacks, ...Object.keys(writers)).map(
      ({ address, stackName, type, attributes }) => ({
        address,
        stackName,
        group: String(writers[type]!(attributes)),
      }),
    );
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

export const completeAccessLogs = resourceRule(
  "access logs are JSON with the request id, the latency of each part, and the response of WAF",
  "aws_api_gateway_stage",
  ({ attributes }) => {
    const values = Object.values(JSON.parse(attributes.access_log_settings.format));
    return requiredVariables.every((variable) => values.includes(variable));
  },
);

export const impersonalAccessLogs = rulesByType(
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

export const writableLogs = resourceRule(
  "CloudWatch's log delivery may write the logs of every web ACL, distribution and cache, for our account only",
  Object.keys(delivered),
  ({ stack, type, attributes }) => {
    const { accountId, region: environmentRegion } = getEnvironment(stack);
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
const roleWriters: Readonly<
  Record<string, { role: (attributes: Attributes) => unknown; actions: readonly string[] }>
> = {
  // https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html, without the creation of groups
  aws_flow_log: {
    role: ({ iam_role_arn }) => iam_role_arn,
    actions: [
      "logs:CreateLogStream",
      "logs:DescribeLogStreams",
      "logs:PutLogEvents",
      "logs:DescribeLogGroups",
    ],
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

export const ableWriters: Rule = resourceRule(
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
