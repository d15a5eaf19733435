import type { Attributes, StackJson } from "../../support/synthesize.ts";
import type { Statement } from "./policies.ts";
import { referenced, referring } from "./resources.ts";
import { resourceRule, rulesByType } from "./rule.ts";

const invokeConfigType = "aws_lambda_function_event_invoke_config";

/** The maximum retention of SQS. */
const fourteenDays = 1_209_600;

/** The longest validity of a link in a mail. */
const day = 86_400;

export const durableQueues = resourceRule(
  "every dead-letter queue keeps failed events for 14 days, every other queue what it has for a day, and each denies requests without TLS",
  "aws_sqs_queue",
  (queue) => {
    const isDenied = referring(queue, "aws_sqs_queue_policy", "queue_url")
      .flatMap(({ policy }) => JSON.parse(policy).Statement as Statement[])
      .some(
        ({ Effect, Principal, Action, Resource, Condition }) =>
          Effect === "Deny" &&
          Principal?.AWS === "*" &&
          Action?.includes("sqs:*") &&
          Resource?.includes(`\${aws_sqs_queue.${queue.id}.arn}`) &&
          Condition?.Bool?.["aws:SecureTransport"] === "false",
      );
    const { message_retention_seconds: retention, redrive_policy } = queue.attributes;
    return retention === (redrive_policy ? day : fourteenDays) && isDenied;
  },
);

export const asyncInvocations = rulesByType(
  "an asynchronous invocation of a function that serves requests is neither retried nor stored; a failed one of a schedule is retried and ends in a queue, or is followed by the next smoke test",
  {
    aws_lambda_alias: (alias) => {
      const [setting, ...more] = referring(alias, invokeConfigType, "qualifier");
      return (
        more.length === 0 &&
        setting?.maximum_retry_attempts === 0 &&
        setting.maximum_event_age_in_seconds === 60 &&
        setting.destination_config === undefined
      );
    },
    aws_lambda_function: (lambda, stacks) => {
      const [setting, ...more] = referring(lambda, invokeConfigType, "function_name");
      if (isSmokeTest(lambda.attributes) || isSupport(lambda.attributes)) return setting?.maximum_retry_attempts === 0;
      if (!isScheduled(lambda.attributes)) return true;
      return (
        more.length === 0 &&
        setting?.qualifier === undefined &&
        setting?.maximum_event_age_in_seconds <= 3_600 &&
        referenced(stacks, lambda.stack, setting?.destination_config?.on_failure?.destination)?.type === "aws_sqs_queue"
      );
    },
  },
);

/** Works on backups: invoked by a schedule and by operators. */
export const isScheduled = ({ handler }: Attributes): boolean => ["index.dump", "index.verify"].includes(handler);

/** Tests the public API: invoked by a schedule. An alarm treats a missing result as a failed one. */
export const isSmokeTest = ({ handler }: Attributes): boolean => handler === "index.smokeTest";

/** Sends mails: invoked by SQS, which waits for the result. */
export const isMailSender = ({ handler }: Attributes): boolean => handler === "index.sendMails";

/** Tests new versions: invoked by CodeDeploy. */
export const isPreTraffic = ({ handler }: Attributes): boolean => handler === "index.tryVersion";

/** Acts for support: invoked through its URL. */
export const isSupport = ({ handler }: Attributes): boolean => handler === "index.support";

/** The alarms of a stack on one metric with these dimensions. */
const findAlarms = (stack: StackJson, metric: string, dimensions: Readonly<Record<string, string>>): Attributes[] =>
  Object.values(stack.resource.aws_cloudwatch_metric_alarm ?? {}).filter(
    (alarm) => alarm.metric_name === metric && JSON.stringify(alarm.dimensions) === JSON.stringify(dimensions),
  );

/** Invoked by API Gateway, and not by operators, CodeDeploy or a schedule. */
const isInvokedByUsers = (attributes: Attributes): boolean =>
  attributes.handler !== "index.migrate" &&
  !isScheduled(attributes) &&
  !isSmokeTest(attributes) &&
  !isMailSender(attributes) &&
  !isPreTraffic(attributes) &&
  !isSupport(attributes);

export const failureAlarms = rulesByType(
  "an alarm watches every dead-letter queue, the age of messages in every other queue, every schedule group of backups, and the invocations of each function",
  {
    aws_sqs_queue: ({ stack, attributes }) =>
      findAlarms(
        stack,
        attributes.redrive_policy ? "ApproximateAgeOfOldestMessage" : "ApproximateNumberOfMessagesVisible",
        { QueueName: attributes.name },
      ).length === 1,
    // A smoke test that does not run is a failed one.
    aws_scheduler_schedule_group: ({ stack, id, attributes }) =>
      attributes.name.endsWith("-smoke-test") ||
      findAlarms(stack, "InvocationDroppedCount", { ScheduleGroup: `\${aws_scheduler_schedule_group.${id}.name}` })
        .length === 1,
    aws_lambda_function: ({ stack, attributes }) => {
      if (!isInvokedByUsers(attributes)) return true;
      const dimensions = { FunctionName: attributes.function_name };
      const [alarm] = findAlarms(stack, "ConcurrentExecutions", dimensions);
      return (
        alarm?.statistic === "Maximum" &&
        alarm.threshold < attributes.reserved_concurrent_executions &&
        findAlarms(stack, "AsyncEventsReceived", dimensions).length === 1
      );
    },
  },
);
