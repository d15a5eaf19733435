import type { Stacks } from "../support/synthesize.ts";
import { asyncInvocations, durableQueues, failureAlarms } from "./rules/async-invocations.ts";
import {
  lateDumpAlarms,
  leastPrivilegeBackups,
  leastPrivilegeScheduler,
  scheduledDumps,
} from "./rules/dumps.ts";
import { changeStatement } from "./rules/policies.ts";
import { changeFirst, first, removeAll, resources } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";

describe("dumps of the database", () => {
  testRule(scheduledDumps, {
    "no schedule": removeAll("staging-service", "aws_scheduler_schedule"),
    "a dump every eight hours": changeFirst("aws_scheduler_schedule", {
      schedule_expression: "cron(30 3/8 * * ? *)",
    }),
    "a dump at any time": changeFirst("aws_scheduler_schedule", {
      flexible_time_window: {
        mode: "FLEXIBLE",
        maximum_window_in_minutes: 120,
      },
    }),
    "a schedule that does not run": changeFirst("aws_scheduler_schedule", { state: "DISABLED" }),
    "a schedule that calls another function": (stacks) => {
      const { target } = scheduleOf(stacks, "index.dump");
      target.arn = target.arn.replace("function_", "failures_");
    },
    "a schedule that calls another version": (stacks) => {
      first(stacks, "aws_scheduler_schedule").target.arn += ":7";
    },
    "a restore test once a month": (stacks) => {
      scheduleOf(stacks, "index.verify").schedule_expression = "cron(0 4 1 * ? *)";
    },
    "no restore test": (stacks) => {
      const { target } = scheduleOf(stacks, "index.verify");
      target.arn = target.arn.replace("restore-test_function", "dump_function");
    },
    "a call that is lost": changeFirst("aws_scheduler_schedule", { "target.dead_letter_config": undefined }),
    "a call that comes when the next one is due": changeFirst("aws_scheduler_schedule", {
      "target.retry_policy.maximum_event_age_in_seconds": 86_400,
    }),
  });

  testRule(leastPrivilegeScheduler, {
    "a schedule that may call every function": changeStatement(
      "lambda:InvokeFunction",
      { Resource: ["*"] },
      "schedule",
    ),
    "a schedule that may write functions": changeStatement(
      "lambda:InvokeFunction",
      { Action: ["lambda:InvokeFunction", "lambda:UpdateFunctionCode"] },
      "schedule",
    ),
    "a role for schedules of any account": (stacks) => {
      const service = stacks["ecobeat-staging-service"]!;
      for (const role of Object.values(service.resource.aws_iam_role!)) {
        role.assume_role_policy = role.assume_role_policy.replace("aws:SourceAccount", "aws:SourceOrgID");
      }
    },
    "a role for every group of schedules": (stacks) => {
      const service = stacks["ecobeat-staging-service"]!;
      for (const role of Object.values(service.resource.aws_iam_role!)) {
        role.assume_role_policy = role.assume_role_policy.replace("aws:SourceArn", "aws:SourceOrgID");
      }
    },
  });

  testRule(lateDumpAlarms, {
    "an alarm that takes silence for good": (stacks) => {
      lateDumps(stacks).treat_missing_data = "notBreaching";
    },
    "an alarm that looks further back where a value is missing": (stacks) => {
      lateDumps(stacks).metric_query[0].expression = "made";
    },
    "an alarm that fires only when two dumps are missing": (stacks) => {
      lateDumps(stacks).evaluation_periods = 36;
    },
    "an alarm that is content with failures": (stacks) => {
      lateDumps(stacks).threshold = 0;
    },
    "an alarm that counts attempts": (stacks) => {
      lateDumps(stacks).metric_query[1].metric.stat = "SampleCount";
    },
    "restore tests that nobody misses": (stacks) => {
      const service = stacks["ecobeat-staging-service"]!.resource.aws_cloudwatch_metric_alarm!;
      for (const [id, alarm] of Object.entries(service)) {
        if (alarm.alarm_name.endsWith("-restore-test-late")) delete service[id];
      }
    },
  });

  testRule(leastPrivilegeBackups, {
    "a restore test that writes": rewriting("s3:GetObject", "s3:PutObject"),
    "a restore test that lists everything": rewriting("s3:prefix", "s3:delimiter"),
    "a dump that reads the backup bucket": rewriting("s3:PutObject", "s3:GetObject"),
    "a dump that deletes": rewriting("s3:PutObject", "s3:DeleteObject"),
    "a dump that writes anywhere in the backup bucket": rewriting("/dumps/*", "/*"),
    "a dump that reads all parameters": rewriting(
      /("ssm:GetParameters"\],"Resource":\["[^"]+)mongodb-uri/,
      "$1*",
    ),
    "a dump that decrypts by itself": rewriting("s3.eu-west-1.amazonaws.com", "ec2.eu-west-1.amazonaws.com"),
  });

  testRule(durableQueues, {
    "a queue that forgets after four days": changeFirst("aws_sqs_queue", {
      message_retention_seconds: undefined,
    }),
    "a queue that answers without TLS": removeAll("staging-service", "aws_sqs_queue_policy"),
  });

  testRule(asyncInvocations, {
    "a dump that is lost when it fails": (stacks) => {
      const settings = resources(stacks, "aws_lambda_function_event_invoke_config");
      delete settings.find(({ id }) => id.startsWith("dump_"))!.attributes.destination_config;
    },
    "calls that Lambda repeats as it likes": removeAll(
      "staging-service",
      "aws_lambda_function_event_invoke_config",
    ),
    "a login that is repeated": changeFirst("aws_lambda_function_event_invoke_config", {
      maximum_retry_attempts: 2,
    }),
    "a login that is made hours later": changeFirst("aws_lambda_function_event_invoke_config", {
      maximum_event_age_in_seconds: 21_600,
    }),
  });

  testRule(failureAlarms, {
    "a queue that nobody looks at": (stacks) => withoutAlarms(stacks, "AWS/SQS"),
    "a schedule that nobody looks at": (stacks) => withoutAlarms(stacks, "AWS/Scheduler"),
    "functions that nobody looks at": (stacks) => withoutAlarms(stacks, "AWS/Lambda"),
    "an alarm that fires too late": (stacks) => {
      const alarms = resources(stacks, "aws_cloudwatch_metric_alarm").filter(
        ({ attributes }) => attributes.metric_name === "ConcurrentExecutions",
      );
      alarms[0]!.attributes.threshold = 1_000;
    },
  });
});

/** Staging's schedule that calls a handler. */
function scheduleOf(stacks: Stacks, handler: string) {
  const { aws_lambda_function: functions, aws_scheduler_schedule: schedules } =
    stacks["ecobeat-staging-service"]!.resource;
  const [id] = Object.entries(functions!).find(([, attributes]) => attributes.handler === handler)!;
  return Object.values(schedules!).find(({ target }) => target.arn.includes(`.${id}.`))!;
}

/** Staging's alarm on dumps that are overdue. */
const lateDumps = (stacks: Stacks) =>
  resources(stacks, "aws_cloudwatch_metric_alarm").find(
    ({ attributes }) => attributes.alarm_name === "ecobeat-staging-dump-late",
  )!.attributes;

function withoutAlarms(stacks: Stacks, namespace: string): void {
  for (const { attributes } of resources(stacks, "aws_cloudwatch_metric_alarm")) {
    if (attributes.namespace === namespace) attributes.namespace = attributes.metric_name = "another";
  }
}

/** Rewrites what the roles of staging's service may do. */
function rewriting(from: string | RegExp, to: string): (stacks: Stacks) => void {
  return (stacks) => {
    const policies = Object.values(stacks["ecobeat-staging-service"]!.resource.aws_iam_role_policy!);
    for (const each of policies) each.policy = each.policy.replace(from, to);
  };
}
