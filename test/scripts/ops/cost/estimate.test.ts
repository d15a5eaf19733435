import { expect } from "chai";
import { type Estimate, estimate, loads, pricers } from "../../../../scripts/ops/cost/estimate.ts";
import { freeTypes } from "../../../../scripts/ops/cost/free-types.ts";
import { basis, tableOf } from "../../../../scripts/ops/cost/report.ts";
import { environments } from "../../../../stacks/environments.ts";
import { type Stacks, synthesize } from "../../../support/synthesize.ts";

const { staging, production } = environments;

describe("cost estimate of the stacks", () => {
  let stacks: Stacks;
  let estimates: { staging: Estimate; production: Estimate };

  before(() => {
    stacks = synthesize(Object.values(environments));
    estimates = {
      staging: estimate(synthesize([staging])),
      production: estimate(synthesize([production])),
    };
  });

  it("knows of every type that the stacks have what it costs or why it is free, and of no other", () => {
    const types = new Set(Object.values(stacks).flatMap(({ resource }) => Object.keys(resource)));
    expect([...Object.keys(pricers), ...Object.keys(freeTypes)]).to.have.members([...types]);
  });

  it("rises with the load, in both environments", () => {
    for (const { total } of Object.values(estimates)) {
      expect(total).to.deep.equal([...total].sort((one, other) => one - other));
      expect(total[0]).to.be.greaterThan(0);
    }
  });

  it("is higher for production than for staging at every load", () => {
    for (const [column] of loads.entries()) {
      expect(estimates.production.total[column]).to.be.greaterThan(estimates.staging.total[column]!);
    }
  });

  it("has one line for each resource that costs something, and the lines make up the total", () => {
    const { lines, total } = estimates.production;
    const priced = Object.values(synthesize([production])).flatMap(({ resource }) =>
      Object.entries(resource).flatMap(([type, byId]) => (type in pricers ? Object.keys(byId) : [])),
    );
    expect(lines.map(({ id }) => id)).to.have.members(priced);
    for (const [column] of loads.entries()) {
      const sum = lines.reduce((all, { usd }) => all + usd[column]!, 0);
      expect(sum).to.be.closeTo(total[column]!, 1e-6);
    }
  });

  it("stays within the budget of each environment at one request a second, where AWS's part is counted", () => {
    for (const environment of [staging, production]) {
      const { lines } = estimates[environment.name];
      const aws = lines.filter(({ type }) => type.startsWith("aws_"));
      expect(aws.reduce((all, { usd }) => all + usd[1]!, 0)).to.be.lessThan(environment.monthlyBudgetUsd);
    }
  });

  it("is printed for 100 columns, the largest first, with what dominates and what the API refuses", () => {
    const table = tableOf("staging", estimates.staging, staging.api.requestsPerSecond);
    const text = `${table}\n${basis()}`;
    expect(text.split("\n").filter((line) => line.length > 100)).to.deep.equal([]);
    const last = table
      .split("\n")
      .filter((line) => /^ {2}(aws|mongodbatlas)_\w+ /.test(line))
      .map((line) => Number(line.replace(/ ~$/, "").split(/\s+/).at(-1)));
    expect(last).to.not.be.empty;
    expect(last).to.deep.equal([...last].sort((one, other) => other - one));
    expect(table).to.match(/^ {2}total +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+$/m);
    expect(table).to.match(/^ {2}idle +\d+ % \w+, \d+ % \w+, \d+ % \w+$/m);
    expect(table).to.contain("100/s is more than the API lets through: 50/s.");
  });
});
