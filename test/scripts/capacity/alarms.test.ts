import { expect } from "chai";
import { alarmShare } from "../../../scripts/capacity/contract.ts";
import type { LimitAlarm } from "../../../scripts/capacity/limit.ts";
import { limits } from "../../../scripts/capacity/limits.ts";
import type { Environment } from "../../../stacks/environments.ts";
import { getStackEnvironment, resources } from "../../stacks/rules/resources.ts";
import { allStacks } from "../../stacks/rules/rule.ts";
import type { Attributes } from "../../support/synthesize.ts";

/** Events of the alerts of Atlas, by their construct ids. */
const atlasMetrics: Readonly<Record<string, RegExp>> = { connections: /CONNECTIONS_PERCENT$/, disk: /^FLEX_DATA_SIZE/ };

/** Thresholds of a limit's alarms in the stacks of an environment. */
function getThresholds(alarm: LimitAlarm, environment: Environment): number[] {
  const ofEnvironment = (type: string) =>
    resources(allStacks(), type).filter(({ stack }) => getStackEnvironment(stack) === environment);
  if ("suffix" in alarm) {
    return ofEnvironment("aws_cloudwatch_metric_alarm")
      .filter(({ attributes }) => attributes.alarm_name.endsWith(alarm.suffix))
      .map(({ attributes }) => attributes.threshold);
  }
  if ("none" in alarm) return [];
  return ofEnvironment("mongodbatlas_alert_configuration")
    .flatMap(({ attributes }) => (attributes.metric_threshold_config as Attributes[] | undefined) ?? [])
    .filter(({ metric_name }) => atlasMetrics[alarm.alert]!.test(metric_name))
    .map(({ threshold }) => threshold);
}

/** The highest threshold that leaves enough time, for an alarm with this scale. */
const getHighest = (scale: number | "percent" | undefined, value: number): number =>
  scale === "percent" ? 100 * alarmShare : value * (scale ?? 1) * alarmShare;

describe("alarms before the limits of capacity", () => {
  const environments = [...new Set(Object.values(allStacks()).map(getStackEnvironment))];

  for (const limit of limits) {
    const { alarm, id } = limit;
    if ("none" in alarm) {
      it(`say why ${id} has none`, () => {
        expect(alarm.none).to.match(/\w+ \w+ \w+/);
      });
      continue;
    }
    it(`fire at 70 % of ${id} at the latest`, () => {
      const present = environments.filter((environment) => limit.value(environment) !== undefined);
      expect(present).to.not.be.empty;
      for (const environment of present) {
        const thresholds = getThresholds(alarm, environment);
        expect(thresholds, environment.name).to.not.be.empty;
        const highest = getHighest(alarm.scale, limit.value(environment)!);
        for (const threshold of thresholds) expect(threshold).to.be.at.most(highest);
      }
    });
  }

  it("fire when API Gateway throttles a single request", () => {
    const throttles = resources(allStacks(), "aws_cloudwatch_metric_alarm").filter(({ attributes }) =>
      attributes.alarm_name.endsWith("-rest-api-throttles"),
    );
    expect(throttles.map(({ attributes }) => attributes.threshold)).to.deep.equal(environments.map(() => 0));
    for (const { attributes } of throttles) expect(attributes).to.include({ period: 60, evaluation_periods: 1 });
  });
});
