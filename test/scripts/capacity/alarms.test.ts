import { expect } from "chai";
import { limits } from "../../../scripts/capacity/limits.ts";
import type { Environment } from "../../../stacks/environments.ts";
import { getStackEnvironment, resources } from "../../stacks/rules/resources.ts";
import { allStacks } from "../../stacks/rules/rule.ts";
import { findLateAlarms } from "../../support/limit-alarms.ts";
import type { Stacks } from "../../support/synthesize.ts";

/** The stacks of one environment. */
const toOwn = (environment: Environment): Stacks =>
  Object.fromEntries(Object.entries(allStacks()).filter(([, stack]) => getStackEnvironment(stack) === environment));

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
      expect(environments.filter((environment) => limit.value(environment) !== undefined)).to.not.be.empty;
      for (const environment of environments) {
        expect(findLateAlarms(limit, toOwn(environment), environment)).to.deep.equal([]);
      }
    });
  }

  it("are found to be late or missing", () => {
    const [environment] = environments;
    const connections = limits.find(({ id }) => id === "database-connections")!;
    const reads = limits.find(({ id }) => id === "parameter-reads")!;
    const own = toOwn(environment!);
    const lower = { ...reads, value: () => reads.value(environment!)! * 0.1 };
    expect(findLateAlarms(lower, own, environment!)).to.have.length(1);
    for (const limit of [connections, reads]) {
      expect(findLateAlarms(limit, {}, environment!)).to.deep.equal([`${limit.id}: no alarm in ${environment!.name}`]);
    }
  });

  it("fire when API Gateway throttles a single request", () => {
    const throttles = resources(allStacks(), "aws_cloudwatch_metric_alarm").filter(({ attributes }) =>
      attributes.alarm_name.endsWith("-rest-api-throttles"),
    );
    expect(throttles.map(({ attributes }) => attributes.threshold)).to.deep.equal(environments.map(() => 0));
    for (const { attributes } of throttles) expect(attributes).to.include({ period: 60, evaluation_periods: 1 });
  });
});
