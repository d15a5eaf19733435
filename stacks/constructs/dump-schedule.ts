import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import { SchedulerSchedule } from "@cdktf/provider-aws/lib/scheduler-schedule/index.js";
import { SchedulerScheduleGroup } from "@cdktf/provider-aws/lib/scheduler-schedule-group/index.js";
import { Construct } from "constructs";
import { Alarm } from "./alarm.ts";
import type { AlertTopic } from "./alert-topic.ts";
import type { FailureQueue } from "./failure-queue.ts";
import type { Metric } from "./metric.ts";
import { policyDocument } from "./policy-document.ts";
import type { ServiceFunction } from "./service-function.ts";

export interface DumpScheduleProps {
  /** Name of the schedule, of its group, and of the function that it calls. */
  readonly name: string;
  readonly region: string;
  readonly accountId: string;
  /** Hours from one dump to the next: 1, 2, 3, 4, 6, 8 or 12. */
  readonly everyHours: number;
  /**
   * The function that dumps the database.
   *
   * @default there is none yet: the schedule is made, with all that it needs, but does not run
   */
  readonly function?: ServiceFunction;
  /** Gets what the function was not handed, for whatever reason. */
  readonly failures: FailureQueue;
  /** Is told when a dump was not started. */
  readonly alertTopic: AlertTopic;
}

/**
 * Calls the function that dumps the database, by its alias `live`, at the same hours of each day (UTC). Whatever cannot be
 * handed over within an hour ends in the queue of failures. The function may take a quarter of an hour; it is not waited for.
 *
 * Billed by the call: as good as nothing; by the month for one metric, or two once it runs.
 */
export class DumpSchedule extends Construct {
  constructor(scope: Construct, id: string, props: DumpScheduleProps) {
    super(scope, id);
    const { name, region, accountId, everyHours, failures } = props;
    checkHours(props);
    const functionArn = `arn:aws:lambda:${region}:${accountId}:function:${name}:live`;

    const group = new SchedulerScheduleGroup(this, "group", { name });
    const role = new IamRole(this, "role", {
      name: `${name}-schedule`,
      assumeRolePolicy: policyDocument({
        sid: "Scheduler",
        principals: { Service: "scheduler.amazonaws.com" },
        actions: ["sts:AssumeRole"],
        // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
        conditions: { StringEquals: { "aws:SourceAccount": accountId, "aws:SourceArn": group.arn } },
      }),
    });
    const policy = new IamRolePolicy(this, "policy", {
      name: "schedule",
      role: role.name,
      policy: policyDocument(
        { sid: "CallDump", actions: ["lambda:InvokeFunction"], resources: [functionArn] },
        ...failures.sending,
      ),
    });
    new SchedulerSchedule(this, "schedule", {
      name,
      groupName: group.name,
      description: "Dumps the database into the vault",
      state: props.function ? "ENABLED" : "DISABLED",
      // Half-way between the snapshots that Atlas takes itself, where it does.
      scheduleExpression: `cron(30 ${3 % everyHours}/${everyHours} * * ? *)`,
      scheduleExpressionTimezone: "UTC",
      // Each minute of waiting is one more that could be lost.
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: functionArn,
        roleArn: role.arn,
        retryPolicy: { maximumEventAgeInSeconds: 3_600, maximumRetryAttempts: 10 },
        deadLetterConfig: { arn: failures.queue.arn },
      },
      // Scheduler tries the role when the schedule is made.
      dependsOn: [policy],
    });
    this.#watch(props, group);
  }

  #watch({ name, everyHours, alertTopic, ...props }: DumpScheduleProps, group: SchedulerScheduleGroup): void {
    // https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html
    const metric = (metricName: string): Metric => ({
      namespace: "AWS/Scheduler",
      name: metricName,
      dimensions: { ScheduleGroup: group.name },
      statistic: "Sum",
    });
    new Alarm(this, "dropped", {
      name: `${name}-dropped`,
      summary: "A dump of the database was due and was given up before it began.",
      runbook: "backups",
      metric: metric("InvocationDroppedCount"),
      threshold: 0,
      periodSeconds: 300,
      topic: alertTopic,
    });
    if (props.function) {
      new Alarm(this, "missing", {
        name: `${name}-missing`,
        summary: `No dump of the database was begun within ${everyHours} hours.`,
        runbook: "backups",
        metric: metric("InvocationAttemptCount"),
        comparison: "LessThanThreshold",
        threshold: 1,
        periodSeconds: everyHours * 3_600,
        missingData: "breaching",
        topic: alertTopic,
      });
    }
  }
}

function checkHours({ everyHours }: DumpScheduleProps): void {
  if (![1, 2, 3, 4, 6, 8, 12].includes(everyHours)) {
    throw new Error(
      `The database is to be dumped every ${everyHours} hours. Dumps are at the same hours of each day, so that a day must ` +
        `hold a whole number of them. Choose 1, 2, 3, 4, 6, 8 or 12.`,
    );
  }
}
