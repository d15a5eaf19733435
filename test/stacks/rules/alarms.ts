import { runbooks, toRunbookPath } from "../../../stacks/constructs/observability/runbook.ts";
import type { Stacks } from "../../support/synthesize.ts";
import { getAlarmMetrics, getRegion, isMeasured } from "./metrics.ts";
import { statements } from "./policies.ts";
import { failing, getEnvironment, type Resource, referenced, resources } from "./resources.ts";
import type { Rule } from "./rule.ts";

/** The topics of the stacks that an alarm tells, in one of its states. */
const getNotifiedTopics = (
  stacks: Stacks,
  { stack }: Resource,
  actions: readonly unknown[] = [],
): Resource[] =>
  actions
    .map((action) => referenced(stacks, stack, action))
    .filter((topic) => topic?.type === "aws_sns_topic") as Resource[];

const endsInRunbook = (description: string): boolean =>
  runbooks.some((runbook) => description.endsWith(` Runbook: ${toRunbookPath(runbook)}`));

export const actionableAlarms: Rule = {
  name: "every alarm tells a topic of its own region when it begins and when it ends, and its description ends in a runbook",
  check: (stacks) =>
    failing(stacks, ["aws_cloudwatch_metric_alarm"], "tells nobody, or not what to do", (alarm) => {
      const { alarm_actions, ok_actions, actions_enabled, alarm_description = "" } = alarm.attributes;
      return (
        actions_enabled !== false &&
        endsInRunbook(alarm_description) &&
        [alarm_actions, ok_actions].every((actions) => {
          const topics = getNotifiedTopics(stacks, alarm, actions);
          return topics.length === 1 && getRegion(topics[0]!) === getRegion(alarm);
        })
      );
    }),
};

export const measuredAlarms: Rule = {
  name: "every alarm looks at what a resource of its environment publishes, by the names under which it does",
  check: (stacks) =>
    resources(stacks, "aws_cloudwatch_metric_alarm").flatMap((alarm) =>
      getAlarmMetrics(alarm)
        .filter((metric) => !isMeasured(stacks, metric))
        .map(({ namespace, name }) => `${alarm.address}: nobody publishes ${namespace} ${name} so`),
    ),
};

export const subscribedTopics: Rule = {
  name: "every topic has all receivers of the table, by e-mail and over https",
  check: (stacks) =>
    failing(stacks, ["aws_sns_topic"], "is not heard", ({ stack, id }) => {
      const { emails, webhookUrl } = getEnvironment(stack).alerts;
      const receivers = Object.values(stack.resource.aws_sns_topic_subscription ?? {})
        .filter(({ topic_arn }) => topic_arn === `\${aws_sns_topic.${id}.arn}`)
        .map(({ protocol, endpoint }) => `${protocol} ${endpoint}`);
      const expected = [
        ...emails.map((email) => `email ${email}`),
        ...(webhookUrl ? [`https ${webhookUrl}`] : []),
      ];
      return expected.length > 0 && receivers.sort().join() === expected.sort().join();
    }),
};

const publishers = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"];

export const guardedTopics: Rule = {
  name: "to every topic only alarms and budgets of the own account may publish, over TLS, and its key is theirs to use",
  check: (stacks) =>
    failing(stacks, ["aws_sns_topic"], "lets in others, or not those", (topic) => {
      const { stack, id, attributes } = topic;
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
    }),
};

/** The alarms whose names end so, of all environments. */
export const alarms = (stacks: Stacks, suffix: string): Resource[] =>
  resources(stacks, "aws_cloudwatch_metric_alarm").filter(({ attributes }) =>
    attributes.alarm_name.endsWith(suffix),
  );
