import { changeAlarm } from "./rules/alarms.ts";
import { asyncInvocations, durableQueues, failureAlarms } from "./rules/async-invocations.ts";
import {
  lateDumpAlarms,
  leastPrivilegeBackups,
  leastPrivilegeScheduler,
  scheduledDumps,
  sizeAlarms,
} from "./rules/dumps.ts";
import { changeStatement, inRolePolicies, inTrustPolicies } from "./rules/policies.ts";
import { type Change, changeAll, changeFirst, changeWhere, removeAll, replaceIn } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";

const alarms = "aws_cloudwatch_metric_alarm";
const schedule = (change: Change) => changeFirst("aws_scheduler_schedule", change);
const scheduleNamed = (name: "dump" | "restore-test" | "smoke-test", change: Change) =>
  changeWhere("aws_scheduler_schedule", ({ attributes }) => attributes.name.endsWith(`-${name}`), change);
const invokeConfigs = "aws_lambda_function_event_invoke_config";
const invokeConfig = (change: Change) => changeFirst(invokeConfigs, change);
const mayInvoke = (parts: object) => changeStatement("lambda:InvokeFunction", { ...parts }, "schedule");
const lateDumps = (change: Change) => changeAlarm("ecobeat-staging-dump-late", change);
const withoutAlarms = (namespace: string) =>
  changeAll(alarms, (alarm) => {
    if (alarm.namespace === namespace) alarm.namespace = alarm.metric_name = "another";
  });

describe("dumps of the database", () => {
  testRule(scheduledDumps, {
    "no schedule": removeAll("staging-service", "aws_scheduler_schedule"),
    "a dump every eight hours": schedule({ schedule_expression: "cron(30 3/8 * * ? *)" }),
    "a flexible time window": schedule({ flexible_time_window: { mode: "FLEXIBLE", maximum_window_in_minutes: 120 } }),
    "a disabled schedule": schedule({ state: "DISABLED" }),
    "a schedule of another resource": scheduleNamed("dump", ({ target }) =>
      replaceIn("arn", "function_", "failures_")(target),
    ),
    "a schedule of a version": schedule(({ target }) => replaceIn("arn", /$/, ":7")(target)),
    "a smoke test once an hour": scheduleNamed("smoke-test", { schedule_expression: "rate(60 minutes)" }),
    "a restore test once a month": scheduleNamed("restore-test", { schedule_expression: "cron(0 4 1 * ? *)" }),
    "no restore test": scheduleNamed("restore-test", ({ target }) =>
      replaceIn("arn", "restore-test_function", "dump_function")(target),
    ),
    "events without a dead-letter queue": schedule({ "target.dead_letter_config": undefined }),
    "an event that arrives when the next one is due": schedule({
      "target.retry_policy.maximum_event_age_in_seconds": 86_400,
    }),
  });

  testRule(leastPrivilegeScheduler, {
    "a schedule that may invoke every function": mayInvoke({ Resource: ["*"] }),
    "a schedule that may write functions": mayInvoke({
      Action: ["lambda:InvokeFunction", "lambda:UpdateFunctionCode"],
    }),
    "a role for schedules of any account": inTrustPolicies("aws:SourceAccount", "aws:SourceOrgID"),
    "a role for every schedule group": inTrustPolicies("aws:SourceArn", "aws:SourceOrgID"),
  });

  testRule(lateDumpAlarms, {
    "an alarm that ignores missing data": lateDumps({ treat_missing_data: "notBreaching" }),
    "an alarm that looks further back for missing data": lateDumps({ "metric_query.0.expression": "made" }),
    "an alarm that fires after two missing dumps": lateDumps({ evaluation_periods: 36 }),
    "an alarm that accepts failures": lateDumps({ threshold: 0 }),
    "an alarm that counts attempts": lateDumps({ "metric_query.1.metric.stat": "SampleCount" }),
    "one failed smoke test": changeAlarm("-smoke-test-failed", { "metric_query.1.metric.period": 300 }),
    "missing restore tests without an alarm": changeAlarm("-restore-test-late", { metric_query: undefined }),
  });

  testRule(sizeAlarms, {
    "no alarm on a refused dump": changeAlarm("-dump-too-large", { metric_name: "BackupSize" }),
    "an alarm after the refusal": changeAlarm("-dump-too-large", { threshold: 5_000 }),
    "an alarm when the recovery already takes too long": changeAlarm("-dump-recovery-time", { threshold: 756 }),
    "an alarm that is OK between two dumps": changeAlarm("-dump-recovery-time", { treat_missing_data: "notBreaching" }),
  });

  testRule(leastPrivilegeBackups, {
    "a restore test that writes": inRolePolicies("s3:GetObject", "s3:PutObject"),
    "a restore test that lists everything": inRolePolicies("s3:prefix", "s3:delimiter"),
    "a dump that reads the backup bucket": inRolePolicies("s3:PutObject", "s3:GetObject"),
    "a dump that deletes": inRolePolicies("s3:PutObject", "s3:DeleteObject"),
    "a dump that writes anywhere in the backup bucket": inRolePolicies("/dumps/*", "/*"),
    "a dump that reads all parameters": inRolePolicies(/("ssm:GetParameters"\],"Resource":\["[^"]+)mongodb-uri/, "$1*"),
    "a dump that decrypts by itself": inRolePolicies("s3.eu-west-1.amazonaws.com", "ec2.eu-west-1.amazonaws.com"),
  });

  testRule(durableQueues, {
    "a retention of four days": changeFirst("aws_sqs_queue", { message_retention_seconds: undefined }),
    "a queue that allows requests without TLS": removeAll("staging-service", "aws_sqs_queue_policy"),
  });

  testRule(asyncInvocations, {
    "a failed dump that is lost": changeWhere(invokeConfigs, ({ id }) => id.startsWith("dump_"), {
      destination_config: undefined,
    }),
    "a smoke test that is repeated": changeWhere(invokeConfigs, ({ id }) => id.startsWith("smoke-test_"), {
      maximum_retry_attempts: 2,
    }),
    "invocations with Lambda's default retries": removeAll("staging-service", invokeConfigs),
    "a login that is retried": invokeConfig({ maximum_retry_attempts: 2 }),
    "a login hours later": invokeConfig({ maximum_event_age_in_seconds: 21_600 }),
    "a failed login that is stored": invokeConfig({ destination_config: { on_failure: {} } }),
  });

  testRule(failureAlarms, {
    "a queue without an alarm": withoutAlarms("AWS/SQS"),
    "a schedule without an alarm": withoutAlarms("AWS/Scheduler"),
    "functions without alarms": withoutAlarms("AWS/Lambda"),
    "an alarm above the reserved concurrency": changeAlarm("-concurrency", { threshold: 1_000 }),
  });
});
