import type { Attributes } from "../../support/synthesize.ts";
import type { Statement } from "./policies.ts";
import { failing, getEnvironment, type Resource, referenced, resources } from "./resources.ts";
import type { Rule } from "./rule.ts";

/** What CloudWatch's own delivery writes, and where it says to which group. */
const delivered: Readonly<Record<string, (attributes: Attributes) => string>> = {
  aws_cloudwatch_log_delivery_destination: ({ delivery_destination_configuration: [configuration] }) =>
    configuration.destination_resource_arn,
  aws_elasticache_replication_group: ({ log_delivery_configuration: [configuration] }) =>
    configuration.destination.replace(/\.name\}$/, ".arn}"),
  aws_wafv2_web_acl_logging_configuration: ({ log_destination_configs: [group] }) => group,
};

const isWritable = ({ stack, type, attributes }: Resource): boolean => {
  const { accountId, region } = getEnvironment(stack);
  const group = delivered[type]!(attributes);
  const place = attributes.provider?.replace("aws.", "") ?? region;
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
        Condition.ArnLike?.["aws:SourceArn"] === `arn:aws:logs:${place}:${accountId}:*`,
    );
};

export const writableLogs: Rule = {
  name: "AWS's delivery may write the logs of every WAF, distribution and cache, for our account alone",
  check: (stacks) =>
    failing(stacks, Object.keys(delivered), "may not be written, or by others too", isWritable),
};

/** What AWS asks of the roles by which it writes logs, and where the role is named. */
const writers = {
  // https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html, without making groups.
  aws_flow_log: {
    role: ({ iam_role_arn }: Attributes) => iam_role_arn,
    actions: [
      "logs:CreateLogStream",
      "logs:DescribeLogStreams",
      "logs:PutLogEvents",
      "logs:DescribeLogGroups",
    ],
  },
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
  aws_api_gateway_account: {
    role: ({ cloudwatch_role_arn }: Attributes) => cloudwatch_role_arn,
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

export const ableWriters: Rule = {
  name: "the roles by which flow logs and API Gateway write may do what AWS asks of them, and nothing else",
  check: (stacks) =>
    Object.entries(writers).flatMap(([type, { role, actions }]) =>
      failing(stacks, [type], "cannot write, or more", ({ stack, attributes }) => {
        const granted = resources(stacks, "aws_iam_role_policy")
          .filter((policy) => policy.stack === stack)
          .filter(
            (policy) =>
              referenced(stacks, stack, policy.attributes.role)?.id ===
              referenced(stacks, stack, role(attributes))?.id,
          )
          .flatMap((policy) => JSON.parse(policy.attributes.policy).Statement as Statement[]);
        return granted.flatMap(({ Action = [] }) => Action).join() === actions.join();
      }),
    ),
};
