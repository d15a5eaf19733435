import { expect } from "chai";
import { evaluateLimits, findBrokenLimits, limits } from "../../../scripts/capacity/limits.ts";
import { computeCapacity, formatCapacity } from "../../../scripts/capacity/report.ts";
import { toServiceLimits } from "../../../scripts/capacity/simulation.ts";
import type { Scenario } from "../../../scripts/capacity/traffic-model.ts";
import { getEnvironment } from "../../../stacks/environments/index.ts";
import { production } from "../../../stacks/environments/production.ts";
import { staging } from "../../../stacks/environments/staging.ts";
import type { Environment } from "../../../stacks/environments.ts";

const push = { share: 0.15, seconds: 60 };
const find = (environment: Environment, id: string, scenario: { users: number; push?: typeof push }) =>
  evaluateLimits(environment, scenario).find(({ limit }) => limit.id === id)!;

describe("limits of capacity", () => {
  it("have unique ids, and a source wherever an engineer cannot set them", () => {
    expect(new Set(limits.map(({ id }) => id)).size).to.equal(limits.length);
    for (const { id, adjustable, source } of limits) {
      if (adjustable !== "member") expect(source, id).to.match(/^https:/);
    }
  });

  for (const environment of [production, staging]) {
    it(`have a load in ${environment.name} that never falls with the users`, () => {
      for (const scenario of [{}, { push }]) {
        const loads = [1, 100, 10_000, 1_000_000].map((users) => evaluateLimits(environment, { ...scenario, users }));
        for (const { limit } of loads[0]!) {
          const row = loads.map((each) => each.find((state) => state.limit === limit)!.load);
          expect(row, limit.id).to.deep.equal(row.toSorted((one, other) => one - other));
        }
      }
    });
  }

  it("break at the fewest users whose load is above the limit", () => {
    const { breaksAtUsers } = find(production, "gateway-auth", { users: 1, push });
    expect(find(production, "gateway-auth", { users: breaksAtUsers, push }).share).to.be.above(1);
    expect(find(production, "gateway-auth", { users: breaksAtUsers - 1, push }).share).to.be.at.most(1);
    const isBroken = (users: number) =>
      findBrokenLimits(production, { users, push }, "fails").some(({ limit }) => limit.id === "gateway-auth");
    expect([isBroken(breaksAtUsers - 1), isBroken(breaksAtUsers)]).to.deep.equal([false, true]);
  });

  it("come in the order in which they break", () => {
    const order = evaluateLimits(production, { users: 120_000, push }).map(({ breaksAtUsers }) => breaksAtUsers);
    expect(order).to.deep.equal(order.toSorted((one, other) => one - other));
  });

  it("name the auth routes of API Gateway as the first that fail, at 120,000 users and a push message", () => {
    const [first] = findBrokenLimits(production, { users: 120_000, push }, "fails");
    expect(first!.limit.id).to.equal("gateway-auth");
    // (600 - r)² / 600 * 60 / 2 = 100 at r = 555.28, and 120,000 * 48 / 2,628,000 openings a second in the peak hour.
    expect(first!.load).to.be.closeTo(555.28 + 2.19, 0.01);
  });

  it("compute by hand what 6,000 users store", () => {
    // 24 activities a month for a year.
    const activities = 6_000 * 288;
    expect(find(production, "database-cache", { users: 6_000 }).load).to.be.closeTo((activities * 240.1) / 1e9, 1e-9);
    expect(find(production, "database-disk", { users: 6_000 }).load).to.be.closeTo((activities * 479) / 1e9, 1e-9);
    expect(find(production, "redis-memory", { users: 6_000 }).load).to.be.closeTo((6_000 * 1.5 * 640) / 1e9, 1e-9);
    expect(find(staging, "flex-data", { users: 6_000 }).load).to.be.closeTo((activities * 262) / 1e9, 1e-9);
  });

  it("compute by hand the mails of 120,000 users and of a push message", () => {
    // A tenth of a mail a month each, on a day that has 1.3 times the mean, and one for 120 of the 18,000 pushed openings.
    const day = ((120_000 * 0.1 * 24) / 730) * 1.3;
    expect(find(production, "mails-day", { users: 120_000 }).load).to.be.closeTo(day, 0.001);
    expect(find(production, "mails-day", { users: 120_000, push }).load).to.be.closeTo(day + 18_000 / 120, 0.001);
    expect(find(production, "mails-second", { users: 120_000, push }).load).to.be.closeTo(602.1918 / 120, 0.001);
  });

  it("compute by hand what 120,000 users and a push message start", () => {
    const scenario = { users: 120_000, push };
    // The peak hour has 2.19 openings a second. At the highest, auth has 600 requests a second more, and api 3,900.
    const auth = 602.1918 * 0.06;
    const api = 3_919.726 * 0.025;
    // The rates rise for 20 s, and a cold start takes 0.7 s, half of which counts.
    const cold = { auth: (600 / 20) * 0.245, api: (3_900 / 20) * 0.245 };
    const busy = { auth: auth + 3 * Math.sqrt(auth) + cold.auth, api: api + 3 * Math.sqrt(api) + cold.api };
    // Each role's are rounded up, and eight functions have one each or two.
    const environments = 62 + 176 + 10;
    for (const [id, load, value] of [
      ["concurrency-auth", busy.auth, 80],
      ["concurrency-api", busy.api, 250],
      ["scaling-rate", busy.api, 1_000],
      ["concurrency-account", environments + 100, 1_000],
      ["provisioned-concurrency", auth / 0.7, 20],
      ["kms-signatures", 602.1918, 1_000],
      // Those of two versions, with two each, of which Redis has one.
      ["database-connections", environments * 4, 1_490],
      ["redis-connections", environments * 2, 65_000],
      ["database-new-connections", ((cold.auth + cold.api) * 2) / 3.7, 15],
      ["parameter-reads", (cold.auth + cold.api) / 2.2 + (2 * busy.auth + busy.api) / 30, 40],
      // A quarter of 2 GiB, of which 80 % may be used.
      ["database-cache", 8.298, 0.4295],
      ["redis-memory", 0.1152, 1.0297],
    ] as const) {
      const state = find(production, id, scenario);
      expect(state.load, id).to.be.closeTo(load, 0.001);
      expect(state.value, id).to.be.closeTo(value, 0.001);
    }
    expect(find(staging, "flex-operations", scenario).load).to.be.closeTo(3_919.726 * 1.5, 0.001);
    for (const [instanceSize, gigabytes] of [
      ["M30", 8 / 4],
      ["M40", 16 / 2],
    ] as const) {
      const environment = { ...production, database: { ...production.database, instanceSize } } as Environment;
      expect(find(environment, "database-cache", scenario).value).to.be.closeTo(
        ((gigabytes * 1024 ** 3) / 1e9) * 0.8,
        1e-6,
      );
    }
  });

  it("have a quarter of the account's rate in the regions of AWS's south of Europe", () => {
    const south = { ...production, region: "eu-south-2" } as const;
    expect(find(south, "gateway-account", { users: 1 }).value).to.equal(2_500);
    expect(toServiceLimits(south)["gateway-account"]).to.deep.equal({ perSecond: 2_500, burst: 1_250 });
    expect(toServiceLimits(production)).to.deep.include({
      "gateway-account": { perSecond: 10_000, burst: 5_000 },
      "concurrency-account": 900,
      provisioned: 2,
    });
  });

  for (const [id, change] of [
    ["gateway-auth", { api: { ...production.api, auth: { ...production.api.auth, requestsPerSecond: 499 } } }],
    ["gateway-all", { api: { ...production.api, requestsPerSecond: 5_000 } }],
    ["concurrency-auth", { functions: { ...production.functions, reservedConcurrency: { auth: 100, api: 250 } } }],
    ["concurrency-api", { functions: { ...production.functions, reservedConcurrency: { auth: 80, api: 260 } } }],
    ["concurrency-account", { functions: { ...production.functions, concurrencyQuota: 2_000 } }],
    ["parameter-reads", { functions: { ...production.functions, parameterThroughput: "higher" } }],
    ["database-connections", { database: { ...production.database, instanceSize: "M20" } }],
    ["database-new-connections", { database: { ...production.database, instanceSize: "M30" } }],
    ["database-cache", { database: { ...production.database, instanceSize: "M20" } }],
    ["database-disk", { database: { ...production.database, instanceSize: "M20" } }],
    ["redis-memory", { cache: { ...production.cache, nodeType: "cache.t3.medium" } }],
  ] as const) {
    it(`hold more users with more of ${id}`, () => {
      const more = find({ ...production, ...change } as Environment, id, { users: 1, push })?.breaksAtUsers;
      expect(more ?? Number.POSITIVE_INFINITY).to.be.above(find(production, id, { users: 1, push }).breaksAtUsers);
    });
  }
});

describe("report of capacity", () => {
  const report = computeCapacity("production", { users: 20_000, push });

  it("names the values that are enough", () => {
    const needed = Object.fromEntries(report.changes.map(({ limit, needed }) => [limit, needed]));
    expect(needed["gateway-auth"]).to.match(/^at least \d+ requests\/s, today 50$/);
    const [, rate] = /(\d+)/.exec(needed["gateway-auth"]!)!;
    const { api } = production;
    const raised = { ...production, api: { ...api, auth: { ...api.auth, requestsPerSecond: Number(rate) } } };
    expect(find(raised, "gateway-auth", { users: 20_000, push }).share).to.be.at.most(1);
    const instanceSize = needed["database-cache"] as "M30";
    const larger = { ...production, database: { ...production.database, instanceSize } } as Environment;
    expect(find(larger, "database-cache", { users: 20_000 }).share).to.be.at.most(1);
  });

  it("names values of a list, if one is enough", () => {
    const needed = (scenario: Scenario) =>
      computeCapacity("production", scenario).changes.find(({ limit }) => limit === "parameter-reads")?.needed;
    expect(needed({ users: 120_000, push })).to.equal(undefined);
    expect(needed({ users: 300_000, push })).to.equal("higher");
    expect(needed({ users: 300_000, push: { share: 1, seconds: 1 } })).to.equal("no value is enough");
  });

  it("names the shortest push message that holds", () => {
    const broken = (seconds: number) =>
      findBrokenLimits(production, { users: 20_000, push: { share: 0.15, seconds } }, "fails");
    expect(broken(report.pushSecondsThatHold!)).to.deep.equal([]);
    expect(broken(report.pushSecondsThatHold! - 60)).to.not.be.empty;
  });

  it("has a line for each limit, refusal and change", () => {
    const text = formatCapacity(report);
    for (const { name } of report.limits) expect(text).to.contain(name);
    for (const { limit } of report.changes) expect(text).to.match(new RegExp(`^  ${limit}: \`?\\w`, "m"));
    for (const limit of Object.keys(report.simulation!.refusals)) expect(text).to.contain(`${limit} refuses`);
    expect(text).to.contain("20,000 monthly users in the peak hour, 15 % of whom open the app within 60 s");
  });

  it("says if nothing must change", () => {
    const enough = formatCapacity(computeCapacity("production", { users: 1_000 }));
    expect(enough).to.contain("Nothing must change.").and.not.contain("refuses");
  });

  it("simulates no more openings than that take seconds", () => {
    const { simulation, limits: rows } = computeCapacity("production", { users: 100_000_000, push });
    expect(simulation).to.equal(undefined);
    expect(rows).to.not.be.empty;
    expect(formatCapacity(computeCapacity("production", { users: 100_000_000 }))).to.contain("Simulation: none");
  });

  it("is JSON without infinite numbers", () => {
    const { limits: rows } = JSON.parse(JSON.stringify(computeCapacity("staging", { users: 1_000 })));
    for (const { breaksAtUsers, id } of rows) expect(breaksAtUsers === null || breaksAtUsers > 0, id).to.equal(true);
    expect(rows.length).to.equal(
      limits.filter(({ load, value }) => load && value(getEnvironment("staging")) !== undefined).length,
    );
  });
});
