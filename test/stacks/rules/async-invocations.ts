import type { Attributes, StackJson, Stacks } from "../../support/synthesize.ts";
import type { Statement } from "./policies.ts";
import { failing, referenced } from "./resources.ts";
import { type Rule, resourceRule } from "./rule.ts";

/** The longest that SQS keeps anything. */
const fourteenDays = 1_209_600;

export const durableQueues = resourceRule(
  "every queue keeps what failed for 14 days, and refuses whoever comes without TLS",
  "aws_sqs_queue",
  ({ stack, id, attributes }) => {
    const policies = Object.values(stack.resource.aws_sqs_queue_policy ?? {}).filter(
      ({ queue_url }) => queue_url === `\${aws_sqs_queue.${id}.url}`,
    );
    const refused = policies
      .flatMap(({ policy }) => JSON.parse(policy).Statement as Statement[])
      .some(
        ({ Effect, Principal, Action, Resource, Condition }) =>
          Effect === "Deny" &&
          Principal?.AWS === "*" &&
          Action?.includes("sqs:*") &&
          Resource?.includes(`\${aws_sqs_queue.${id}.arn}`) &&
          Condition?.Bool?.["aws:SecureTransport"] === "false",
      );
    return attributes.message_retention_seconds === fourteenDays && refused;
  },
);

export const asyncInvocations: Rule = {
  name: "an asynchronous invocation of a function that serves requests is neither retried nor stored; a failed one of a schedule is retried and ends in a queue",
  check: (stacks) => [
    ...failing(stacks, ["aws_lambda_alias"], "retries or stores invocations", ({ stack, id }) => {
      const [setting, ...more] = settingsOf(
        stack,
        ({ qualifier }) => qualifier === `\${aws_lambda_alias.${id}.name}`,
      );
      return (
        more.length === 0 &&
        setting?.maximum_retry_attempts === 0 &&
        setting.maximum_event_age_in_seconds === 60 &&
        setting.destination_config === undefined
      );
    }),
    ...failing(
      stacks,
      ["aws_lambda_function"],
      "may lose calls of its schedule",
      ({ stack, id, attributes }) => {
        if (!isScheduled(attributes)) return true;
        const [setting, ...more] = settingsOf(
          stack,
          ({ qualifier, function_name }) =>
            qualifier === undefined && function_name === `\${aws_lambda_function.${id}.function_name}`,
        );
        return more.length === 0 && isShort(setting) && endsInQueue(stacks, stack, setting!);
      },
    ),
  ],
};

const settingsOf = (stack: StackJson, isMeant: (setting: Attributes) => boolean): Attributes[] =>
  Object.values(stack.resource.aws_lambda_function_event_invoke_config ?? {}).filter(isMeant);

const isShort = (setting?: Attributes): boolean =>
  setting !== undefined && setting.maximum_event_age_in_seconds <= 3_600;

const endsInQueue = (stacks: Stacks, stack: StackJson, { destination_config }: Attributes): boolean =>
  referenced(stacks, stack, destination_config?.on_failure?.destination)?.type === "aws_sqs_queue";

/** Works on backups, for a schedule and for operators. */
export const isScheduled = ({ handler }: Attributes): boolean =>
  ["index.dump", "index.verify"].includes(handler);

/** Tries new versions, for CodeDeploy. */
export const isPreTraffic = ({ handler }: Attributes): boolean => handler === "index.tryVersion";

/** The alarms of a stack on one metric of one thing. */
const alarmsOn = (
  stack: StackJson,
  metric: string,
  dimensions: Readonly<Record<string, string>>,
): Attributes[] =>
  Object.values(stack.resource.aws_cloudwatch_metric_alarm ?? {}).filter(
    (alarm) =>
      alarm.metric_name === metric && JSON.stringify(alarm.dimensions) === JSON.stringify(dimensions),
  );

/** By API Gateway, as often as users ask: not by operators or CodeDeploy, or by a schedule whose failures are counted. */
const isCalledByUsers = (attributes: Attributes): boolean =>
  attributes.handler !== "index.migrate" && !isScheduled(attributes) && !isPreTraffic(attributes);

export const failureAlarms: Rule = {
  name: "an alarm watches every queue of failures, every group of schedules, and how each function is called",
  check: (stacks) => [
    ...failing(
      stacks,
      ["aws_sqs_queue"],
      "fills unseen",
      ({ stack, attributes }) =>
        alarmsOn(stack, "ApproximateNumberOfMessagesVisible", { QueueName: attributes.name }).length === 1,
    ),
    ...failing(
      stacks,
      ["aws_scheduler_schedule_group"],
      "drops calls unseen",
      ({ stack, id }) =>
        alarmsOn(stack, "InvocationDroppedCount", {
          ScheduleGroup: `\${aws_scheduler_schedule_group.${id}.name}`,
        }).length === 1,
    ),
    ...failing(stacks, ["aws_lambda_function"], "is called too often unseen", ({ stack, attributes }) => {
      if (!isCalledByUsers(attributes)) return true;
      const [alarm] = alarmsOn(stack, "ConcurrentExecutions", { FunctionName: attributes.function_name });
      return alarm?.statistic === "Maximum" && alarm.threshold < attributes.reserved_concurrent_executions;
    }),
    ...failing(
      stacks,
      ["aws_lambda_function"],
      "has asynchronous invocations unseen",
      ({ stack, attributes }) =>
        !isCalledByUsers(attributes) ||
        alarmsOn(stack, "AsyncEventsReceived", { FunctionName: attributes.function_name }).length === 1,
    ),
  ],
};
