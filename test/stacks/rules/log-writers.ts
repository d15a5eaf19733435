import type { Attributes } from "../../support/synthesize.ts";
import type { Statement } from "./policies.ts";
import { getEnvironment, referenced, resources } from "./resources.ts";
import { type Rule, resourceRule } from "./rule.ts";

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
const writers: Readonly<
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
  Object.keys(writers),
  ({ stack, type, attributes }, stacks) => {
    const { role, actions } = writers[type]!;
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
