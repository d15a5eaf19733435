import { dump, restoreTest } from "../../../scripts/backup/contract.ts";
import { parameterPath, parameters } from "../../../service/contract.ts";
import type { Stacks } from "../../support/synthesize.ts";
import { type Statement, statements } from "./policies.ts";
import { failing, getEnvironment, type Resource, referenced, resources } from "./resources.ts";
import type { Rule } from "./rule.ts";

/** The functions that schedules call, by their handlers. */
const scheduled = { "index.dump": dump.functionName, "index.verify": restoreTest.functionName } as const;

/** The function that a schedule calls, as it was deployed last. */
function called(stacks: Stacks, { stack, attributes }: Resource): Resource | undefined {
  const { arn } = attributes.target;
  const found = /^\$\{aws_lambda_function\.\w[\w-]*\.arn\}$/.test(arn)
    ? referenced(stacks, stack, arn)
    : undefined;
  const suffix = scheduled[found?.attributes.handler as keyof typeof scheduled];
  const isNamed = found?.attributes.function_name === `ecobeat-${getEnvironment(stack).name}-${suffix}`;
  return suffix && isNamed ? found : undefined;
}

/** When a schedule must call. */
const timesOf = (handler: string, everyHours: number): RegExp =>
  handler === "index.dump"
    ? new RegExp(`^cron\\(\\d+ \\d+/${everyHours} \\* \\* \\? \\*\\)$`)
    : /^cron\(\d+ \d+ \? \* WED,SUN \*\)$/;

/** What a role may do by its own policies, but for sending failures, the log, traces and network interfaces. */
function rights(stacks: Stacks, role: Resource): Statement[] {
  return statements(stacks)
    .filter(({ resource }) => resource.stack === role.stack && resource.type === "aws_iam_role_policy")
    .filter(({ resource, statement }) => {
      const of = referenced(stacks, role.stack, resource.attributes.role);
      return of?.id === role.id && statement.Effect === "Allow";
    })
    .map(({ statement }) => statement)
    .filter(({ Action }) => !Action?.some((action) => /^(logs|xray|ec2|sqs):/.test(action)));
}

export const scheduledDumps: Rule = {
  name: "every database is dumped as often as the table says, and a restore test runs twice a week",
  check: (stacks) => [
    ...failing(stacks, ["aws_scheduler_schedule"], "calls wrongly", (schedule) => {
      const { stack, attributes } = schedule;
      const { everyHours } = getEnvironment(stack).backup;
      const { target, state, schedule_expression, schedule_expression_timezone } = attributes;
      const handler = called(stacks, schedule)?.attributes.handler;
      return (
        handler !== undefined &&
        state === "ENABLED" &&
        timesOf(handler, everyHours).test(schedule_expression) &&
        schedule_expression_timezone === "UTC" &&
        attributes.flexible_time_window.mode === "OFF" &&
        target.retry_policy.maximum_event_age_in_seconds < everyHours * 3_600 &&
        referenced(stacks, stack, target.dead_letter_config?.arn)?.type === "aws_sqs_queue" &&
        referenced(stacks, stack, attributes.group_name)?.type === "aws_scheduler_schedule_group"
      );
    }),
    ...Object.keys(stacks)
      .filter((name) => name.endsWith("-service"))
      .flatMap((name) => {
        const handlers = resources(stacks, "aws_scheduler_schedule")
          .filter(({ stackName }) => stackName === name)
          .map((schedule) => called(stacks, schedule)?.attributes.handler);
        return Object.keys(scheduled)
          .filter((handler) => !handlers.includes(handler))
          .map((handler) => `${name}: nothing calls ${handler}`);
      }),
  ],
};

export const lateDumpAlarms: Rule = {
  name: "an alarm rings an hour after a dump is overdue, one when no restore test passed for five days, and silence is no comfort",
  check: (stacks) =>
    Object.entries(stacks)
      .filter(([name]) => name.endsWith("-service"))
      .flatMap(([name, stack]) => {
        const { everyHours } = getEnvironment(stack).backup;
        const rings = (metric: string, seconds: number) =>
          Object.values(stack.resource.aws_cloudwatch_metric_alarm ?? {}).some((alarm) => {
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
          });
        return [
          ...(rings("BackupsMade", (everyHours + 1) * 3_600) ? [] : [`${name}: nobody hears of late dumps`]),
          ...(rings("BackupsVerified", 5 * 86_400) ? [] : [`${name}: no alarm on restore tests`]),
        ];
      }),
};

export const leastPrivilegeScheduler: Rule = {
  name: "the schedule's role is for the Scheduler and its own group, and may call the schedule's function and nothing else",
  check: (stacks) =>
    resources(stacks, "aws_scheduler_schedule").flatMap((schedule) => {
      const { stack, address, attributes } = schedule;
      const role = referenced(stacks, stack, attributes.target.role_arn);
      if (role?.type !== "aws_iam_role") return [`${address}: has no role`];
      const [trust] = JSON.parse(role.attributes.assume_role_policy).Statement as Statement[];
      const only = trust?.Condition?.StringEquals ?? {};
      const group = referenced(stacks, stack, only["aws:SourceArn"]);
      const isOwn =
        trust?.Principal?.Service === "scheduler.amazonaws.com" &&
        only["aws:SourceAccount"] === getEnvironment(stack).accountId &&
        group !== undefined &&
        group.id === referenced(stacks, stack, attributes.group_name)?.id;
      const calls = rights(stacks, role).filter(({ Action }) => !Action?.every(isOfQueueKey));
      const isLeast =
        calls.length === 1 &&
        JSON.stringify(calls[0]!.Action) === '["lambda:InvokeFunction"]' &&
        JSON.stringify(calls[0]!.Resource) === JSON.stringify([attributes.target.arn]) &&
        called(stacks, schedule) !== undefined;
      return isOwn && isLeast ? [] : [`${role.address}: may do more, or for others`];
    }),
};

const isOfQueueKey = (action: string): boolean => ["kms:GenerateDataKey", "kms:Decrypt"].includes(action);

/** What the roles of functions may do in the backup bucket, beside what both may. */
const rightsInBackupBucket: Readonly<Record<string, readonly string[]>> = {
  [dump.functionName]: [
    "kms:GenerateDataKey kms:Decrypt: a key, by s3",
    `s3:PutObject: backups/${dump.prefix}*`,
  ],
  [restoreTest.functionName]: [
    "kms:Decrypt: a key, by s3",
    `s3:GetObject: backups/${dump.prefix}*`,
    `s3:ListBucket: backups, below ${dump.prefix}*`,
  ],
};

export const leastPrivilegeBackups: Rule = {
  name: "the dump's role writes under one prefix of the backup bucket and reads nothing, the restore test's reads there and writes nothing",
  check: (stacks) =>
    Object.entries(rightsInBackupBucket).flatMap(([functionName, expected]) =>
      resources(stacks, "aws_iam_role")
        .filter(
          ({ stack, attributes }) =>
            attributes.name === `ecobeat-${getEnvironment(stack).name}-${functionName}`,
        )
        .filter((role) => {
          const { name, region, accountId } = getEnvironment(role.stack);
          const parameter = parameterPath(name, parameters.mongodbUri);
          const both = [
            "kms:GenerateDataKey kms:Decrypt: a key, by sqs",
            `ssm:GetParameters: arn:aws:ssm:${region}:${accountId}:parameter${parameter}`,
          ];
          const found = rights(stacks, role).map((statement) => inWords(stacks, role, statement));
          return JSON.stringify(found.sort()) !== JSON.stringify([...both, ...expected].sort());
        })
        .map(({ address }) => `${address}: may do more, or less`),
    ),
};

function inWords(
  stacks: Stacks,
  role: Resource,
  { Action = [], Resource = [], Condition }: Statement,
): string {
  const [target = ""] = Resource;
  const { region } = getEnvironment(role.stack);
  const by = Condition?.StringEquals?.["kms:ViaService"]?.toString().replace(`.${region}.amazonaws.com`, "");
  const below = Condition?.StringLike?.["s3:prefix"];
  const found = referenced(stacks, role.stack, target.replace(/\/[^/]+\/\*$/, ""));
  const isBackupBucket =
    found?.attributes.bucket?.includes("-backups-") && found.attributes.provider === undefined;
  const what = isBackupBucket
    ? `${target.replace(/^\$\{[^}]+\}/, "backups")}${below ? `, below ${below}` : ""}`
    : found?.type === "aws_kms_key"
      ? `a key, by ${by}`
      : target;
  return `${Action.join(" ")}: ${Resource.length === 1 ? what : "several"}`;
}
