import { dump, parameterPath, parameters } from "../../../service/contract.ts";
import type { StackJson, Stacks } from "../../support/synthesize.ts";
import { type Statement, statements } from "./policies.ts";
import { environmentOf, failing, type Resource, referenced, resources } from "./resources.ts";
import type { Rule } from "./rule.ts";

const aliasOf = (stack: StackJson): string => {
  const { name, region, accountId } = environmentOf(stack);
  return `arn:aws:lambda:${region}:${accountId}:function:ecobeat-${name}-${dump.functionName}:live`;
};

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
  name: "every database is dumped as often as the table says, by a schedule that runs only if the function is there",
  check: (stacks) => [
    ...failing(stacks, ["aws_scheduler_schedule"], "dumps wrongly", ({ stack, attributes }) => {
      const { everyHours } = environmentOf(stack).backup;
      const { target, state, schedule_expression, schedule_expression_timezone } = attributes;
      const functions = Object.values(stack.resource.aws_lambda_function ?? {});
      const isThere = functions.some(({ function_name }) =>
        aliasOf(stack).endsWith(`:${function_name}:live`),
      );
      return (
        target.arn === aliasOf(stack) &&
        state === (isThere ? "ENABLED" : "DISABLED") &&
        new RegExp(`^cron\\(\\d+ \\d+/${everyHours} \\* \\* \\? \\*\\)$`).test(schedule_expression) &&
        schedule_expression_timezone === "UTC" &&
        attributes.flexible_time_window.mode === "OFF" &&
        target.retry_policy.maximum_event_age_in_seconds < everyHours * 3_600 &&
        referenced(stacks, stack, target.dead_letter_config?.arn)?.type === "aws_sqs_queue" &&
        referenced(stacks, stack, attributes.group_name)?.type === "aws_scheduler_schedule_group"
      );
    }),
    ...Object.entries(stacks)
      .filter(([name, stack]) => name.endsWith("-service") && !stack.resource.aws_scheduler_schedule)
      .map(([name]) => `${name}: dumps nothing`),
  ],
};

export const leastScheduler: Rule = {
  name: "the schedule's role is for the Scheduler and its own group, and may call the dump's alias and nothing else",
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
        only["aws:SourceAccount"] === environmentOf(stack).accountId &&
        group !== undefined &&
        group.id === referenced(stacks, stack, attributes.group_name)?.id;
      const calls = rights(stacks, role).filter(({ Action }) => !Action?.every(isOfQueueKey));
      const isLeast =
        calls.length === 1 &&
        JSON.stringify(calls[0]!.Action) === '["lambda:InvokeFunction"]' &&
        JSON.stringify(calls[0]!.Resource) === JSON.stringify([aliasOf(stack)]);
      return isOwn && isLeast ? [] : [`${role.address}: may do more, or for others`];
    }),
};

const isOfQueueKey = (action: string): boolean => ["kms:GenerateDataKey", "kms:Decrypt"].includes(action);

export const leastDump: Rule = {
  name: "the dump's role reads one parameter and writes under one prefix of the vault: it neither reads nor deletes there",
  check: (stacks) =>
    resources(stacks, "aws_iam_role")
      .filter(({ attributes }) => attributes.name.endsWith(`-${dump.functionName}`))
      .filter((role) => {
        const { name, region, accountId } = environmentOf(role.stack);
        const parameter = parameterPath(name, parameters.mongodbUri);
        const found = rights(stacks, role).map(({ Action = [], Resource = [], Condition }) => {
          const [target = ""] = Resource;
          const bucket = referenced(stacks, role.stack, target.replace(/\/[^/]+\/\*$/, ""));
          const isVault =
            bucket?.attributes.bucket?.includes("-backups-") && bucket.attributes.provider === undefined;
          const isKey = referenced(stacks, role.stack, target)?.type === "aws_kms_key";
          const what = isVault
            ? target.replace(/^\$\{[^}]+\}/, "vault")
            : isKey
              ? `a key, by ${Condition?.StringEquals?.["kms:ViaService"]}`
              : target;
          return `${Action.join(" ")}: ${Resource.length === 1 ? what : "several"}`;
        });
        const expected = [
          `kms:GenerateDataKey kms:Decrypt: a key, by s3.${region}.amazonaws.com`,
          `kms:GenerateDataKey kms:Decrypt: a key, by sqs.${region}.amazonaws.com`,
          `s3:PutObject: vault/${dump.prefix}*`,
          `ssm:GetParameters: arn:aws:ssm:${region}:${accountId}:parameter${parameter}`,
        ];
        return JSON.stringify(found.sort()) !== JSON.stringify(expected);
      })
      .map(({ address }) => `${address}: may do more, or less`),
};
