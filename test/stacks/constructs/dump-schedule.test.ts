import { Testing } from "cdktf";
import { expect } from "chai";
import type { AlertTopic } from "../../../stacks/constructs/alert-topic.ts";
import { DumpSchedule } from "../../../stacks/constructs/dump-schedule.ts";
import type { EncryptionKey } from "../../../stacks/constructs/encryption-key.ts";
import { FailureQueue } from "../../../stacks/constructs/failure-queue.ts";
import type { ServiceFunction } from "../../../stacks/constructs/service-function.ts";
import type { Attributes } from "../../support/synthesize.ts";

const alertTopic = { arn: "arn:topic" } as AlertTopic;

function synthesized(everyHours: number, dump?: ServiceFunction): Record<string, Record<string, Attributes>> {
  const json = Testing.synthScope((scope) => {
    const failures = new FailureQueue(scope, "failures", {
      name: "failures",
      region: "eu-west-1",
      encryptionKey: { arn: "arn:key" } as EncryptionKey,
      alertTopic,
    });
    new DumpSchedule(scope, "schedule", {
      name: "dump",
      region: "eu-west-1",
      accountId: "111122223333",
      everyHours,
      failures,
      alertTopic,
      ...(dump && { function: dump }),
    });
  });
  return JSON.parse(json).resource;
}

const only = (byId: Record<string, Attributes> | undefined): Attributes => Object.values(byId ?? {})[0]!;

describe("DumpSchedule", () => {
  for (const [everyHours, hours] of [
    [1, "0/1"],
    [2, "1/2"],
    [3, "0/3"],
    [4, "3/4"],
    [6, "3/6"],
    [8, "3/8"],
    [12, "3/12"],
  ] as const) {
    it(`calls every ${everyHours} hours at ${hours}, the same each day`, () => {
      const schedule = only(synthesized(everyHours).aws_scheduler_schedule);
      expect(schedule.schedule_expression).to.equal(`cron(30 ${hours} * * ? *)`);
    });
  }

  it("does not run, and misses nothing, as long as there is no function", () => {
    const { aws_scheduler_schedule, aws_cloudwatch_metric_alarm } = synthesized(4);
    expect(only(aws_scheduler_schedule).state).to.equal("DISABLED");
    expect(Object.values(aws_cloudwatch_metric_alarm!).map(({ alarm_name }) => alarm_name)).to.deep.equal([
      "failures",
      "dump-dropped",
    ]);
  });

  it("runs once there is one, and tells when no dump was begun in time", () => {
    const { aws_scheduler_schedule, aws_cloudwatch_metric_alarm } = synthesized(4, {} as ServiceFunction);
    expect(only(aws_scheduler_schedule).state).to.equal("ENABLED");
    const missing = Object.values(aws_cloudwatch_metric_alarm!).find(
      ({ alarm_name }) => alarm_name === "dump-missing",
    );
    expect(missing).to.include({
      metric_name: "InvocationAttemptCount",
      comparison_operator: "LessThanThreshold",
      threshold: 1,
      period: 14_400,
      treat_missing_data: "breaching",
    });
  });
});
