import { expect } from "chai";
import { type Estimate, estimate, pricingRules, requestRates } from "../../../scripts/cost/estimate.ts";
import { freeTypes } from "../../../scripts/cost/free-types.ts";
import { priceDate, prices } from "../../../scripts/cost/prices.ts";
import { explainFigures, formatEstimate } from "../../../scripts/cost/report.ts";
import { type AssumptionName, assumptions } from "../../../scripts/cost/traffic.ts";
import { environments } from "../../../stacks/environments/index.ts";
import { getStackEnvironment } from "../../stacks/rules/resources.ts";
import { allStacks } from "../../stacks/rules/rule.ts";
import type { Stacks } from "../../support/synthesize.ts";

describe("cost estimate of the stacks", () => {
  const all = Object.values(environments);
  let stacks: Record<string, Stacks>;
  let estimates: Record<string, Estimate>;

  const estimated = () => Object.fromEntries(all.map(({ name }) => [name, estimate(stacks[name]!)]));

  before(() => {
    const stacksOf = (name: string) =>
      Object.entries(allStacks()).filter(([, stack]) => getStackEnvironment(stack).name === name);
    stacks = Object.fromEntries(all.map(({ name }) => [name, Object.fromEntries(stacksOf(name))]));
    estimates = estimated();
  });

  it("has no type that is both priced and free", () => {
    expect(Object.keys(pricingRules).filter((type) => freeTypes.has(type))).to.deep.equal([]);
  });

  it("rises with the rate, in each environment", () => {
    for (const { total } of Object.values(estimates)) {
      expect(total[0]).to.be.greaterThan(0);
      for (const [column, usd] of total.slice(1).entries()) expect(usd).to.be.greaterThan(total[column]!);
    }
  });

  it("is higher for production than for staging at every rate", () => {
    for (const [column] of requestRates.entries()) {
      expect(estimates.production!.total[column]).to.be.greaterThan(estimates.staging!.total[column]!);
    }
  });

  it("has each priced resource, and their sum as total", () => {
    const { resources, total } = estimates.production!;
    const priced = Object.values(stacks.production!).flatMap(({ resource }) =>
      Object.entries(resource).flatMap(([type, byId]) => (type in pricingRules ? Object.keys(byId) : [])),
    );
    expect(resources.map(({ id }) => id)).to.have.members(priced);
    for (const [column] of requestRates.entries()) {
      const sum = resources.reduce((all, { usd }) => all + usd[column]!, 0);
      expect(sum).to.be.closeTo(total[column]!, 1e-6);
    }
  });

  it("names the prices of each resource with charges", () => {
    for (const { type, usd, prices: names } of [...estimates.staging!.resources, ...estimates.production!.resources]) {
      expect(names.length > 0, type).to.equal(usd.some((each) => each > 0));
    }
  });

  for (const name of Object.keys(assumptions) as AssumptionName[]) {
    it(`names ${name} for each resource that depends on it`, () => {
      const assumption = assumptions[name] as { value: number };
      const { value } = assumption;
      try {
        assumption.value = value / 2;
        const changed = estimated();
        const dependent = all.flatMap((environment) =>
          estimates[environment.name]!.resources.filter(
            ({ usd }, index) => String(usd) !== String(changed[environment.name]!.resources[index]!.usd),
          ),
        );
        expect(dependent).to.not.be.empty;
        for (const { type, id, assumptions: names } of dependent) {
          expect(names, `${type}.${id}`).to.include(name);
        }
      } finally {
        assumption.value = value;
      }
    });
  }

  it("warns of an unknown resource type, and sums up the others", () => {
    const known = { aws_eip: { a: {} } };
    const more = { ...known, aws_appconfig_application: { a: {}, b: {} } };
    const [one, other] = [known, more].map((resource) => estimate({ "ecobeat-staging-service": { resource } }));
    expect(other).to.deep.equal({ ...one, unknownTypes: ["aws_appconfig_application"] });
    expect(formatEstimate("staging", one!, 1)).to.not.contain("Warning");
    expect(formatEstimate("staging", other!, 1)).to.contain(
      "Warning: The total of staging does not include aws_appconfig_application.",
    );
  });

  it("stays within the budget of each environment at one request a second, where AWS's part is counted", () => {
    for (const environment of all) {
      const { resources } = estimates[environment.name]!;
      const aws = resources.filter(({ type }) => type.startsWith("aws_"));
      expect(aws.reduce((all, { usd }) => all + usd[1]!, 0)).to.be.lessThan(environment.monthlyBudgetUsd);
    }
  });

  for (const environment of all) {
    it(`is printed for 100 columns, the largest first, in two digits, for ${environment.name}`, () => {
      const own = estimates[environment.name]!;
      const table = formatEstimate(environment.name, own, environment.api.requestsPerSecond);
      const text = `${table}\n${explainFigures([own])}`;
      expect(text.split("\n").filter((line) => line.length > 100)).to.deep.equal([]);
      const rows = table
        .split("\n")
        .filter((line) => /^ {2}(aws|mongodbatlas)_\w+ /.test(line))
        .map((line) => line.replace(/ ~$/, "").split(/\s+/).slice(-requestRates.length));
      const last = rows.map((row) => Number(row.at(-1)));
      expect(last).to.not.be.empty;
      expect(last).to.deep.equal([...last].sort((one, other) => other - one));
      for (const figure of rows.flat()) {
        expect(figure.replace(".", "").replace(/^0+/, "").replace(/0+$/, "")).to.match(/^\d{0,2}$/);
      }
      expect(table).to.match(/^ {2}total +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+$/m);
      expect(table).to.match(/^ {2}idle +\d+ % \w+, \d+ % \w+, \d+ %\s+\w+$/m);
    });

    it(`explains each price and assumption that it names for ${environment.name}, and the date`, () => {
      const own = estimates[environment.name]!;
      const text = explainFigures([own]);
      expect(text).to.contain(priceDate);
      const named = own.resources.flatMap((line) => [...line.prices, ...line.assumptions]);
      const explained = [...text.matchAll(/^ {2}(\S+) +[\d.]+ /gm)].map(([, name]) => name);
      expect(new Set(explained)).to.deep.equal(new Set(named));
      for (const { source } of Object.values(prices)) expect(source).to.match(/^https:\/\//);
    });
  }

  it("shows which rate exceeds the throttling limit", () => {
    expect(formatEstimate("staging", estimates.staging!, 50)).to.contain(
      "100/s exceeds the throttling limit of the API: 50/s.",
    );
  });
});
