import { expect } from "chai";
import { Alarm, type AlarmProps } from "../../../../stacks/constructs/observability/alarm.ts";
import type { AlertTopic } from "../../../../stacks/constructs/observability/alert-topic.ts";
import type { Metric } from "../../../../stacks/constructs/observability/metric.ts";
import { synthesizeConstructs } from "../../../support/construct-stack.ts";
import type { Attributes } from "../../../support/synthesize.ts";

const errors: Metric = {
  namespace: "AWS/Lambda",
  name: "Errors",
  dimensions: { FunctionName: "auth" },
  statistic: "Sum",
};

function synthesized(props: Partial<AlarmProps>) {
  const { resource } = synthesizeConstructs((stack) => {
    new Alarm(stack, "alarm", {
      name: "errors",
      summary: "The function fails.",
      runbook: "high-errors",
      metric: errors,
      threshold: 5,
      periodSeconds: 300,
      topic: { arn: "arn:topic" } as AlertTopic,
      ...props,
    });
  });
  const [alarm] = Object.values<Attributes>(resource.aws_cloudwatch_metric_alarm!);
  return alarm!;
}

describe("Alarm", () => {
  it("tells the topic when it begins and when it is over, and where to read on", () => {
    expect(synthesized({})).to.deep.include({
      alarm_name: "errors",
      alarm_description: "The function fails. Runbook: runbooks/high-errors.md",
      alarm_actions: ["arn:topic"],
      ok_actions: ["arn:topic"],
    });
  });

  it("looks at one period, and takes silence for peace, unless told otherwise", () => {
    expect(synthesized({})).to.include({
      evaluation_periods: 1,
      datapoints_to_alarm: 1,
      treat_missing_data: "notBreaching",
      comparison_operator: "GreaterThanThreshold",
    });
    expect(synthesized({ evaluationPeriods: 3 })).to.include({
      evaluation_periods: 3,
      datapoints_to_alarm: 3,
    });
  });

  it("tells statistics and percentiles apart, as CloudWatch does", () => {
    expect(synthesized({})).to.include({ statistic: "Sum" }).and.not.have.property("extended_statistic");
    expect(synthesized({ metric: { ...errors, statistic: "p99" } }))
      .to.include({ extended_statistic: "p99" })
      .and.not.have.property("statistic");
  });

  it("computes with several metrics, of which none rings by itself", () => {
    const alarm = synthesized({ metric: { expression: "a / 2", metrics: { a: errors } } });
    expect(alarm).to.not.have.any.keys("metric_name", "namespace", "period", "statistic");
    expect(
      alarm.metric_query.map(({ id, return_data }: Record<string, unknown>) => [id, return_data]),
    ).to.eql([
      ["result", true],
      ["a", undefined],
    ]);
    expect(alarm.metric_query[1].metric).to.deep.equal({
      namespace: "AWS/Lambda",
      metric_name: "Errors",
      dimensions: { FunctionName: "auth" },
      stat: "Sum",
      period: 300,
    });
  });

  it("refuses to look at more than ten metrics", () => {
    const metrics = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`a${index}`, errors]));
    expect(() => synthesized({ metric: { expression: "SUM(METRICS())", metrics } })).to.throw(
      /"errors" looks at 11 metrics\. CloudWatch lets an alarm look at 10 at most\. Make several/,
    );
  });

  for (const periodSeconds of [0, 15, 90, -60]) {
    it(`refuses periods of ${periodSeconds} s`, () => {
      expect(() => synthesized({ periodSeconds })).to.throw(
        /"errors" has periods of .* s\. CloudWatch knows 10, 20 and 30 s, and whole minutes\. Choose/,
      );
    });
  }

  for (const [periodSeconds, periods] of [
    [300, 289],
    [86_400, 8],
  ] as const) {
    it(`refuses to look back ${periods} times ${periodSeconds} s`, () => {
      expect(() => synthesized({ periodSeconds, evaluationPeriods: periods })).to.throw(
        /looks back .* s at most\. Choose fewer/,
      );
    });
  }

  for (const periodsToAlarm of [0, 4]) {
    it(`refuses to ring at ${periodsToAlarm} of 3 periods`, () => {
      expect(() => synthesized({ evaluationPeriods: 3, datapointsToAlarm: periodsToAlarm })).to.throw(
        /could never ring, or always would\. Choose from 1 to 3/,
      );
    });
  }
});
