import { runbooks, toRunbookPath } from "../../../stacks/constructs/observability/alarm.ts";
import type { Stacks } from "../../support/synthesize.ts";
import { getAlarmMetrics, getRegion, isMeasured } from "./metrics.ts";
import { statements } from "./policies.ts";
import { getEnvironment, type Resource, referenced, resources } from "./resources.ts";
import { type Rule, resourceRule } from "./rule.ts";

const alarmType = "aws_cloudwatch_metric_alarm";

/** The alarms whose names end so, in all environments. */
export const alarms = (stacks: Stacks, suffix: string): Resource[] =>
  resources(stacks, alarmType).filter(({ attributes }) => attributes.alarm_name.endsWith(suffix));

export const actionableAlarms = resourceRule(
  "every alarm notifies a topic of its own region when it fires and when it is OK, and its description ends with a runbook",
  alarmType,
  (alarm, stacks) => {
    const { alarm_actions, ok_actions, actions_enabled, alarm_description = "" } = alarm.attributes;
    return (
      actions_enabled !== false &&
      runbooks.some((runbook) => alarm_description.endsWith(` Runbook: ${toRunbookPath(runbook)}`)) &&
      [alarm_actions, ok_actions].every((actions: readonly unknown[] = []) => {
        const topics = actions
          .map((action) => referenced(stacks, alarm.stack, action))
          .filter((topic) => topic?.type === "aws_sns_topic");
        return topics.length === 1 && getRegion(topics[0]!) === getRegion(alarm);
      })
    );
  },
);

export const measuredAlarms: Rule = {
  name: "every alarm evaluates metrics that a resource of its environment publishes, with exactly its dimensions",
  check: (stacks) =>
    resources(stacks, alarmType).flatMap((alarm) =>
      getAlarmMetrics(alarm)
        .filter((metric) => !isMeasured(stacks, metric))
        .map(({ namespace, name }) => `${alarm.address}: ${namespace} ${name}`),
    ),
};

export const subscribedTopics = resourceRule(
  "every topic has all recipients of the environment, by e-mail and over https",
  "aws_sns_topic",
  ({ stack, id }) => {
    const { emails, webhookUrl } = getEnvironment(stack).alerts;
    const recipients = Object.values(stack.resource.aws_sns_topic_subscription ?? {})
      .filter(({ topic_arn }) => topic_arn === `\${aws_sns_topic.${id}.arn}`)
      .map(({ protocol, endpoint }) => `${protocol} ${endpoint}`);
    const expected = [
      ...emails.map((email) => `email ${email}`),
      ...(webhookUrl ? [`https ${webhookUrl}`] : []),
    ];
    return expected.length > 0 && recipients.sort().join() === expected.sort().join();
  },
);

const publishers = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"];

export const guardedTopics = resourceRule(
  "only alarms and budgets of the account may publish to a topic, over TLS, and may use its key",
  "aws_sns_topic",
  ({ stack, id, attributes }, stacks) => {
    const { accountId } = getEnvironment(stack);
    const key = referenced(stacks, stack, attributes.kms_master_key_id);
    const own = statements(stacks).filter(
      ({ resource }) =>
        resource.stack === stack &&
        (resource.id === key?.id || resource.attributes.arn === `\${aws_sns_topic.${id}.arn}`),
    );
    const allowing = (action: string) =>
      own.filter(({ statement }) => statement.Effect === "Allow" && statement.Action?.includes(action));
    const services = (action: string) =>
      allowing(action).map(({ statement }) => statement.Principal?.Service ?? "others");
    return (
      services("sns:Publish").includes("cloudwatch.amazonaws.com") &&
      services("sns:Publish").every((service) => publishers.includes(service)) &&
      ["kms:Decrypt", "kms:GenerateDataKey"].every(
        (action) => services(action).join() === services("sns:Publish").join(),
      ) &&
      [...allowing("sns:Publish"), ...allowing("kms:Decrypt")].every(
        ({ statement }) =>
          statement.Condition?.StringEquals?.["aws:SourceAccount"] === accountId &&
          String(statement.Condition.ArnLike?.["aws:SourceArn"]).includes(`:${accountId}:`),
      ) &&
      own.some(
        ({ statement }) =>
          statement.Effect === "Deny" && statement.Condition?.Bool?.["aws:SecureTransport"] === "false",
      )
    );
  },
);
