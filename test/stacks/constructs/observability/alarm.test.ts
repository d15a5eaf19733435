import { expect } from "chai";
import { Alarm, type AlarmProps } from "../../../../stacks/constructs/observability/alarm.ts";
import type { AlertTopic } from "../../../../stacks/constructs/observability/alert-topic.ts";
import type { Metric } from "../../../../stacks/constructs/observability/metric.ts";
import { synthesizeConstructs } from "../../../support/construct-stack.ts";
import { expectCode } from "../../../support/errors.ts";
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
      topic: { arns: { page: "arn:pages", ticket: "arn:tickets" } } as AlertTopic,
      ...props,
    });
  });
  const [alarm] = Object.values<Attributes>(resource.aws_cloudwatch_metric_alarm!);
  return alarm!;
}

describe("Alarm", () => {
  it("evaluates one period by default, all of which must breach, and ignores missing data", () => {
    expect(synthesized({})).to.include({
      evaluation_periods: 1,
      datapoints_to_alarm: 1,
      treat_missing_data: "notBreaching",
      comparison_operator: "GreaterThanThreshold",
    });
    expect(synthesized({ evaluationPeriods: 3 })).to.include({ evaluation_periods: 3, datapoints_to_alarm: 3 });
  });

  it("notifies of tickets by default, or of pages, or no one as a part of another alarm", () => {
    expect(synthesized({}).alarm_actions).to.deep.equal(["arn:tickets"]);
    const page = synthesized({ priority: "page" });
    expect([page.alarm_actions, page.ok_actions]).to.deep.equal([["arn:pages"], ["arn:pages"]]);
    expect(synthesized({ priority: "none" })).to.not.have.any.keys("alarm_actions", "ok_actions");
  });

  it("sets percentiles as extended statistics", () => {
    expect(synthesized({})).to.include({ statistic: "Sum" }).and.not.have.property("extended_statistic");
    expect(synthesized({ metric: { ...errors, statistic: "p99" } }))
      .to.include({ extended_statistic: "p99" })
      .and.not.have.property("statistic");
    expect(synthesized({ metric: { ...errors, statistic: "PR(:1000)" } })).to.include({
      extended_statistic: "PR(:1000)",
    });
  });

  it("fires on the result of an expression, not on its metrics", () => {
    const alarm = synthesized({ metric: { expression: "a / 2", metrics: { a: errors } } });
    expect(alarm).to.not.have.any.keys("metric_name", "namespace", "period", "statistic");
    const [result, metric, ...others] = alarm.metric_query;
    expect(result).to.include({ id: "result", return_data: true });
    expect(metric).to.include({ id: "a" }).and.not.have.property("return_data");
    expect(metric.metric).to.include({ metric_name: "Errors", stat: "Sum", period: 300 });
    expect(others).to.deep.equal([]);
  });

  const elevenMetrics = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`a${index}`, errors]));
  const rejected: Readonly<Record<string, readonly Partial<AlarmProps>[]>> = {
    "alarm-metrics-exceeded": [{ metric: { expression: "SUM(METRICS())", metrics: elevenMetrics } }],
    "alarm-period-invalid": [0, 15, 90, -60].map((periodSeconds) => ({ periodSeconds })),
    "alarm-evaluation-too-long": [
      { periodSeconds: 300, evaluationPeriods: 289 },
      { periodSeconds: 86_400, evaluationPeriods: 8 },
    ],
    "alarm-datapoints-invalid": [0, 4].map((datapointsToAlarm) => ({ evaluationPeriods: 3, datapointsToAlarm })),
  };
  for (const [code, cases] of Object.entries(rejected)) {
    for (const [index, props] of cases.entries()) {
      it(`throws ${code}, case ${index + 1}`, () => expectCode(code, () => synthesized(props)));
    }
  }
});
