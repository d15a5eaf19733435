import { dump, largestDumps, largestRecovery, restoreTest } from "../../../scripts/backup/contract.ts";
import { smokeTestFunctionId, smokeTestMinutes } from "../../../scripts/release/smoke-test/contract.ts";
import { parameterPath, parameters } from "../../../service/contract.ts";
import { toGlobalName } from "../../../stacks/names.ts";
import type { Attributes, Stacks } from "../../support/synthesize.ts";
import { getRoleStatements, type Statement } from "./policies.ts";
import { failing, getStackEnvironment, type Resource, referenced, resources, stacksNamed } from "./resources.ts";
import { type Rule, resourceRule } from "./rule.ts";

/** The functions that schedules call, by their handlers. */
const scheduled = {
  "index.dump": dump.functionName,
  "index.verify": restoreTest.functionName,
  "index.smokeTest": smokeTestFunctionId,
} as const;

/** The function that a schedule invokes, without an alias. */
function findTarget(stacks: Stacks, { stack, attributes }: Resource): Resource | undefined {
  const { arn } = attributes.target;
  const found = /^\$\{aws_lambda_function\.\w[\w-]*\.arn\}$/.test(arn) ? referenced(stacks, stack, arn) : undefined;
  const suffix = scheduled[found?.attributes.handler as keyof typeof scheduled];
  const isNamed = found?.attributes.function_name === `ecobeat-${getStackEnvironment(stack).name}-${suffix}`;
  return suffix && isNamed ? found : undefined;
}

const toExpectedSchedule = (handler: string, everyHours: number): RegExp =>
  handler === "index.dump"
    ? new RegExp(`^cron\\(\\d+ \\d+/${everyHours} \\* \\* \\? \\*\\)$`)
    : handler === "index.smokeTest"
      ? new RegExp(`^rate\\(${smokeTestMinutes} minutes\\)$`)
      : /^cron\(\d+ \d+ \? \* WED,SUN \*\)$/;

/** Whether an event of a schedule that cannot be delivered is kept; that of a smoke test is dropped before the next one. */
const hasDeadLetterQueue = (stacks: Stacks, { stack, attributes: { target } }: Resource, handler: string): boolean =>
  handler === "index.smokeTest"
    ? target.retry_policy.maximum_event_age_in_seconds < smokeTestMinutes * 60
    : referenced(stacks, stack, target.dead_letter_config?.arn)?.type === "aws_sqs_queue";

/** What a role's policies allow, other than sending failed events, the log, traces and network interfaces. */
function getPermissions(stacks: Stacks, role: Resource): Statement[] {
  return getRoleStatements(stacks, role).filter(
    ({ Effect, Action }) => Effect === "Allow" && !Action?.some((action) => /^(logs|xray|ec2|sqs):/.test(action)),
  );
}

export const scheduledDumps: Rule = {
  name: "every database is dumped as often as the configuration says, a restore test runs twice a week, and a smoke test every five minutes",
  check: (stacks) => [
    ...failing(stacks, ["aws_scheduler_schedule"], "has another schedule or target", (schedule) => {
      const { stack, attributes } = schedule;
      const { everyHours } = getStackEnvironment(stack).backup;
      const { target, state, schedule_expression, schedule_expression_timezone } = attributes;
      const handler = findTarget(stacks, schedule)?.attributes.handler;
      return (
        handler !== undefined &&
        state === "ENABLED" &&
        toExpectedSchedule(handler, everyHours).test(schedule_expression) &&
        schedule_expression_timezone === "UTC" &&
        attributes.flexible_time_window.mode === "OFF" &&
        target.retry_policy.maximum_event_age_in_seconds < everyHours * 3_600 &&
        hasDeadLetterQueue(stacks, schedule, handler) &&
        referenced(stacks, stack, attributes.group_name)?.type === "aws_scheduler_schedule_group"
      );
    }),
    ...stacksNamed(stacks, "-service").flatMap(([name, stack]) => {
      const handlers = resources(stacks, "aws_scheduler_schedule")
        .filter((schedule) => schedule.stack === stack)
        .map((schedule) => findTarget(stacks, schedule)?.attributes.handler);
      return Object.keys(scheduled)
        .filter((handler) => !handlers.includes(handler))
        .map((handler) => `${name}: no schedule invokes ${handler}`);
    }),
  ],
};

export const lateDumpAlarms: Rule = {
  name: "alarms fire an hour after a dump is overdue, after five days without a passed restore test, and after three smoke tests without one that passes, also without data",
  check: (stacks) =>
    stacksNamed(stacks, "-service").flatMap(([name, stack]) => {
      const alarms = Object.values(stack.resource.aws_cloudwatch_metric_alarm ?? {});
      return Object.entries({
        BackupsMade: (getStackEnvironment(stack).backup.everyHours + 1) * 3_600,
        BackupsVerified: 5 * 86_400,
        SmokeTestsPassed: 3 * smokeTestMinutes * 60,
      })
        .filter(([metric, seconds]) => !alarms.some((alarm) => firesWithoutSuccess(alarm, metric, seconds)))
        .map(([metric]) => `${name}: no alarm on ${metric}`);
    }),
};

function firesWithoutSuccess(alarm: Attributes, metric: string, seconds: number): boolean {
  const [result, measured] = alarm.metric_query ?? [];
  return (
    measured?.metric.metric_name === metric &&
    measured.metric.stat === "Sum" &&
    result.expression === `FILL(${measured.id}, 0)` &&
    alarm.comparison_operator === "LessThanThreshold" &&
    alarm.threshold === 1 &&
    alarm.evaluation_periods * measured.metric.period === seconds &&
    alarm.datapoints_to_alarm === alarm.evaluation_periods &&
    alarm.treat_missing_data === "breaching"
  );
}

export const sizeAlarms: Rule = {
  name: "alarms fire at 70 % of the database that our own dump restores in 15 minutes, and when a dump refuses its size, until the next dump",
  check: (stacks) =>
    stacksNamed(stacks, "-service").flatMap(([name, stack]) => {
      const found = Object.values(stack.resource.aws_cloudwatch_metric_alarm ?? {})
        .filter(
          ({ metric_name, statistic, comparison_operator, treat_missing_data, evaluation_periods }) =>
            metric_name === "DatabaseSize" &&
            statistic === "Maximum" &&
            comparison_operator === "GreaterThanThreshold" &&
            treat_missing_data === "ignore" &&
            evaluation_periods === 1,
        )
        .map(({ threshold }) => threshold as number);
      const isWarning = (megabytes: number) => megabytes < 0.7 * largestRecovery && megabytes > 0.69 * largestRecovery;
      return found.some(isWarning) && found.includes(largestDumps.function) ? [] : [`${name}: alarms at ${found} MB`];
    }),
};

export const leastPrivilegeScheduler = resourceRule(
  "the schedule's role is for Scheduler and its own group, and may only invoke the schedule's function",
  "aws_scheduler_schedule",
  (schedule, stacks) => {
    const { stack, attributes } = schedule;
    const role = referenced(stacks, stack, attributes.target.role_arn);
    if (role?.type !== "aws_iam_role") return false;
    const [trust] = JSON.parse(role.attributes.assume_role_policy).Statement as Statement[];
    const only = trust?.Condition?.StringEquals ?? {};
    const group = referenced(stacks, stack, only["aws:SourceArn"]);
    const [invoke, ...more] = getPermissions(stacks, role).filter(({ Action }) => !Action?.every(isForQueueKey));
    return (
      trust?.Principal?.Service === "scheduler.amazonaws.com" &&
      only["aws:SourceAccount"] === getStackEnvironment(stack).accountId &&
      group !== undefined &&
      group.id === referenced(stacks, stack, attributes.group_name)?.id &&
      more.length === 0 &&
      invoke?.Action?.join() === "lambda:InvokeFunction" &&
      invoke.Resource?.join() === attributes.target.arn &&
      findTarget(stacks, schedule) !== undefined
    );
  },
);

const isForQueueKey = (action: string): boolean => ["kms:GenerateDataKey", "kms:Decrypt"].includes(action);

/** What the roles of functions may do in the backup bucket, in addition to what both may. */
const bucketPermissions: Readonly<Record<string, readonly string[]>> = {
  [dump.functionName]: ["kms:GenerateDataKey kms:Decrypt: a key, by s3", `s3:PutObject: backups/${dump.prefix}*`],
  [restoreTest.functionName]: [
    "kms:Decrypt: a key, by s3",
    `s3:GetObject: backups/${dump.prefix}*`,
    `s3:ListBucket: backups, below ${dump.prefix}*`,
  ],
};

export const leastPrivilegeBackups: Rule = {
  name: "the dump's role may only write below one prefix of the backup bucket, the restore test's may only read there",
  check: (stacks) =>
    Object.entries(bucketPermissions).flatMap(([functionName, expected]) =>
      resources(stacks, "aws_iam_role")
        .filter(
          ({ stack, attributes }) =>
            attributes.name ===
            toGlobalName(`ecobeat-${getStackEnvironment(stack).name}-${functionName}`, getStackEnvironment(stack)),
        )
        .filter((role) => {
          const { name, region, accountId } = getStackEnvironment(role.stack);
          const parameter = parameterPath(name, parameters.mongodbUri);
          const both = [
            "kms:GenerateDataKey kms:Decrypt: a key, by sqs",
            `ssm:GetParameters: arn:aws:ssm:${region}:${accountId}:parameter${parameter}`,
          ];
          const found = getPermissions(stacks, role).map((statement) => summarize(stacks, role, statement));
          return JSON.stringify(found.sort()) !== JSON.stringify([...both, ...expected].sort());
        })
        .map(({ address }) => address),
    ),
};

function summarize(stacks: Stacks, role: Resource, { Action = [], Resource = [], Condition }: Statement): string {
  const [target = ""] = Resource;
  const { region } = getStackEnvironment(role.stack);
  const by = Condition?.StringEquals?.["kms:ViaService"]?.toString().replace(`.${region}.amazonaws.com`, "");
  const below = Condition?.StringLike?.["s3:prefix"];
  const found = referenced(stacks, role.stack, target.replace(/\/[^/]+\/\*$/, ""));
  const isBackupBucket = found?.attributes.bucket?.includes("-backups-") && found.attributes.provider === undefined;
  const what = isBackupBucket
    ? `${target.replace(/^\$\{[^}]+\}/, "backups")}${below ? `, below ${below}` : ""}`
    : found?.type === "aws_kms_key"
      ? `a key, by ${by}`
      : target;
  return `${Action.join(" ")}: ${Resource.length === 1 ? what : "several"}`;
}
