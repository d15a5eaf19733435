import { expect } from "chai";
import { limits } from "../../../scripts/capacity/limits.ts";
import { simulate, toServiceLimits } from "../../../scripts/capacity/simulation.ts";
import { type Push, requestsPerOpening, type Scenario, traffic } from "../../../scripts/capacity/traffic-model.ts";
import { computeTotal, type Estimate, estimate, requestRates } from "../../../scripts/cost/estimate.ts";
import { secondsPerMonth } from "../../../scripts/cost/traffic.ts";
import { type EnvironmentSize, environmentSizes, sizePromises } from "../../../stacks/environment-sizes.ts";
import { sizes } from "../../../stacks/sizes.ts";
import { resources } from "../../stacks/rules/resources.ts";
import { findLateAlarms } from "../../support/limit-alarms.ts";
import { readSizeTable } from "../../support/size-table.ts";
import { createSized } from "../../support/sized-environment.ts";
import { type Stacks, synthesize } from "../../support/synthesize.ts";

const settingArn = "arn:aws:ssm:eu-west-1:444455556666:servicesetting/ssm/parameter-store/high-throughput-enabled";

const run = (size: EnvironmentSize, scenario: Scenario) => simulate(toServiceLimits(createSized(size)), scenario);

/** Monthly cost of what a prefix of types names, at each of the estimate's rates. */
const getCosts = ({ resources }: Estimate, prefix: string): number[] =>
  computeTotal(resources.filter(({ type }) => type.startsWith(prefix)));

/** Monthly cost of AWS at a number of users, between the rates of the estimate. */
function getAwsCost(estimated: Estimate, users: number): number {
  const rate = (users * traffic.openingsPerMonth.value * requestsPerOpening) / secondsPerMonth;
  const costs = getCosts(estimated, "aws_");
  const above = requestRates.findIndex((each) => each >= rate);
  const share = (rate - requestRates[above - 1]!) / (requestRates[above]! - requestRates[above - 1]!);
  return costs[above - 1]! + share * (costs[above]! - costs[above - 1]!);
}

/** A push message with the same highest rates, that rises so many times as fast: the whole one of L has 1.6 million requests. */
const shorten = ({ share, seconds }: Push, times: number): Push => ({ share: share / times, seconds: seconds / times });

describe("sizes of environments, simulated", () => {
  for (const size of ["S", "M"] as const) {
    const { users, stretchedUsers = users, push } = sizePromises[size];

    it(`${size} serves each request of ${stretchedUsers} users after its push message`, () => {
      const { requests, failed, refusals } = run(size, { users: stretchedUsers, push });
      expect({ failed, refusals }).to.deep.equal({ failed: 0, refusals: {} });
      expect(requests).to.be.greaterThan(stretchedUsers * push.share * requestsPerOpening);
    });
  }

  it("L serves each request of its users at the rates of its push message, though these rise ten times as fast", () => {
    const { users, push } = sizePromises.L;
    const { failed, refusals } = run("L", { users, push: shorten(push, 10) });
    expect({ failed, refusals }).to.deep.equal({ failed: 0, refusals: {} });
  });

  it("S refuses requests of the users of M after a push message", () => {
    const { users, push } = sizePromises.M;
    const { failed, refusals } = run("S", { users, push: shorten(push, 2) });
    expect(failed).to.be.greaterThan(0);
    expect(refusals).to.include.keys("gateway-auth");
  });

  describe("and their stacks and cost", () => {
    const estimates = {} as Record<EnvironmentSize, Estimate>;

    const stacks = {} as Record<EnvironmentSize, Stacks>;

    before(() => {
      for (const size of environmentSizes) {
        stacks[size] = synthesize([createSized(size)]);
        estimates[size] = estimate(stacks[size]);
      }
    });

    for (const size of environmentSizes) {
      it(`has an alarm at 70 % of each limit of ${size}`, () => {
        const late = limits.flatMap((limit) => findLateAlarms(limit, stacks[size], createSized(size)));
        expect(late).to.deep.equal([]);
      });
    }

    it("includes the higher throughput of Parameter Store in M and L, which runs of Terraform may set", () => {
      for (const size of environmentSizes) {
        const settings = resources(stacks[size], "aws_ssm_service_setting");
        const expected = size === "S" ? [] : [["ecobeat-production-foundation", settingArn, "true"]];
        expect(
          settings.map(({ stackName, attributes: { setting_id, setting_value } }) => [
            stackName,
            setting_id,
            setting_value,
          ]),
          size,
        ).to.deep.equal(expected);
        const allowed = resources(stacks[size], "aws_iam_policy").flatMap(({ attributes }) =>
          attributes.policy.includes(settingArn) ? [...attributes.policy.matchAll(/ssm:\w+ServiceSetting/g)] : [],
        );
        expect(new Set(allowed.map(([action]) => action)), size).to.deep.equal(
          new Set(size === "S" ? [] : ["Get", "Reset", "Update"].map((verb) => `ssm:${verb}ServiceSetting`)),
        );
      }
    });

    for (const size of environmentSizes) {
      it(`is known for ${size}, and AWS's part is within its budget at its users`, () => {
        const { unknownTypes, unknownPrices } = estimates[size];
        expect([unknownTypes, unknownPrices]).to.deep.equal([[], []]);
        const { users, stretchedUsers = users } = sizePromises[size];
        const budget = sizes[size].monthlyBudgetUsd;
        expect(getAwsCost(estimates[size], stretchedUsers))
          .to.be.lessThan(budget)
          .and.greaterThan(budget / 2);
      });
    }

    it("is that of docs/sizes.md, within a tenth", () => {
      const table = readSizeTable();
      for (const [row, prefix] of [
        ["AWS, US dollars a month idle, and at 10 requests/s", "aws_"],
        ["Atlas, the same", "mongodbatlas_"],
      ] as const) {
        for (const [index, size] of environmentSizes.entries()) {
          const costs = getCosts(estimates[size], prefix);
          const named = table[row]![index]!.split(", ").map((cell) => Number(cell.replace(",", "")));
          for (const [column, rate] of ([0, 10] as const).entries()) {
            const usd = costs[requestRates.indexOf(rate)]!;
            expect(named[column], `${row}: ${size}`).to.be.closeTo(usd, usd / 10);
          }
        }
      }
    });
  });
});
