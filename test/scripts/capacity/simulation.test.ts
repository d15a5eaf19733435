import { expect } from "chai";
import { EventQueue } from "../../../scripts/capacity/event-queue.ts";
import { evaluateLimits, findBrokenLimits } from "../../../scripts/capacity/limits.ts";
import type { Response, ServiceLimits } from "../../../scripts/capacity/simulated-service.ts";
import { SimulatedService } from "../../../scripts/capacity/simulated-service.ts";
import { type SimulationResult, simulate, toServiceLimits } from "../../../scripts/capacity/simulation.ts";
import { TokenBucket } from "../../../scripts/capacity/token-bucket.ts";
import type { RequestKind } from "../../../scripts/capacity/traffic-model.ts";
import { production } from "../../../stacks/environments/production.ts";

const wide = { perSecond: 1e6, burst: 1e6 };

/** Nothing refuses a request. */
const unlimited: ServiceLimits = {
  "gateway-auth": wide,
  "gateway-all": wide,
  "gateway-account": wide,
  "concurrency-auth": 1e6,
  "concurrency-api": 1e6,
  "concurrency-account": 1e6,
  "scaling-rate": 1e6,
  "parameter-reads": 1e6,
  "kms-signatures": 1e6,
  "database-connections": 1e6,
  provisioned: 0,
};

/** The responses to attempts, each with its time in ms. */
function respond(
  limits: Partial<ServiceLimits>,
  attempts: readonly (readonly [at: number, kind: RequestKind])[],
): (Response & { at: number })[] {
  const queue = new EventQueue();
  const service = new SimulatedService({ ...unlimited, ...limits }, queue, () => 0.5);
  const responses: (Response & { at: number })[] = [];
  for (const [sentAt, kind] of attempts) {
    queue.add(sentAt, (now) =>
      service.handle(now, kind, (at, response) => responses.push({ at: Math.round(at * 1_000), ...response })),
    );
  }
  queue.run();
  return responses;
}

const times = (count: number, kind: RequestKind) => Array.from({ length: count }, () => [0, kind] as const);
const counted = (responses: readonly Response[]) => responses.map(({ status, limit }) => limit ?? status);

describe("token bucket", () => {
  it("gives its size at once, and then its rate", () => {
    const bucket = new TokenBucket(2, 3);
    expect([0, 0, 0, 0, 0.4, 0.5, 0.6, 1, 100, 100, 100, 100].map((at) => bucket.take(at))).to.deep.equal([
      true,
      true,
      true,
      false,
      false,
      true,
      false,
      true,
      true,
      true,
      true,
      false,
    ]);
  });

  it("reserves a token that comes soon enough", () => {
    const bucket = new TokenBucket(2, 1);
    expect([0, 1, 2, 3].map(() => bucket.reserve(0, 1))).to.deep.equal([0, 0.5, 1, undefined]);
  });
});

describe("event queue", () => {
  it("runs events by time, those of one time in their order, also events that they add", () => {
    const queue = new EventQueue();
    const seen: string[] = [];
    const add = (at: number, name: string) => queue.add(at, () => seen.push(name));
    for (const [at, name] of [
      [3, "d"],
      [1, "a"],
      [2, "c"],
      [1, "b"],
    ] as const)
      add(at, name);
    queue.add(2, () => add(2.5, "added"));
    queue.run();
    expect(seen).to.deep.equal(["a", "b", "c", "added", "d"]);
  });
});

describe("simulated service", () => {
  it("responds after the duration, and after a cold start before it", () => {
    expect(
      respond({}, [
        [0, "refresh"],
        [1, "refresh"],
        [1, "list"],
        [2, "login"],
      ]),
    ).to.deep.equal([
      { at: 740, status: 200 },
      { at: 1_040, status: 200 },
      { at: 1_725, status: 200 },
      { at: 2_240, status: 200 },
    ]);
  });

  it("starts no environment cold that is provisioned", () => {
    expect(respond({ provisioned: 1 }, times(2, "refresh")).map(({ at }) => at)).to.deep.equal([40, 740]);
  });

  it("throttles logins and refreshes above their rate with Retry-After, and other requests not", () => {
    const responses = respond({ "gateway-auth": { perSecond: 1, burst: 2 } }, [...times(3, "refresh"), [0, "list"]]);
    expect(responses[0]).to.deep.equal({ at: 0, status: 429, limit: "gateway-auth", retryAfter: 1 });
    expect(counted(responses)).to.deep.equal(["gateway-auth", 200, 200, 200]);
  });

  it("takes no token from one bucket if another refuses", () => {
    const limits = { "gateway-auth": { perSecond: 1, burst: 1 }, "gateway-all": { perSecond: 1, burst: 2 } };
    expect(counted(respond(limits, [...times(2, "refresh"), [0, "list"]]))).to.have.members(["gateway-auth", 200, 200]);
  });

  it("responds with 500 without Retry-After above the reserved concurrency", () => {
    const responses = respond({ "concurrency-api": 1 }, times(2, "list"));
    expect(responses[0]).to.deep.equal({ at: 0, status: 500, limit: "concurrency-api" });
  });

  it("counts the environments of both functions for the account's concurrency", () => {
    const both = [
      [0, "refresh"],
      [0, "list"],
    ] as const;
    expect(counted(respond({ "concurrency-account": 1 }, both))).to.deep.equal(["concurrency-account", 200]);
    expect(counted(respond({ "concurrency-account": 2 }, both))).to.deep.equal([200, 200]);
  });

  it("retries reads of parameters twice, and then responds with 503", () => {
    // Pauses of 250 and 500 ms: by then, one token of two in a second has come.
    const [first, second, third] = respond({ "parameter-reads": 1 }, times(3, "list"));
    expect(first).to.deep.equal({ at: 725, status: 200 });
    expect([second!.limit, third!.limit]).to.have.members(["parameter-reads", "parameter-reads"]);
    expect(second!.at).to.equal(700 + 250 + 500);
    expect(second!.retryAfter).to.equal(5);
  });

  it("queues new connections for as long as the driver waits", () => {
    // Two connections each: 2 tokens at once, then 2 a second, up to 3 s.
    const responses = respond({ "database-new-connections": 2 }, times(5, "list"));
    expect(responses.map(({ at, limit }) => limit ?? at)).to.deep.equal([
      725,
      1_725,
      2_725,
      "database-new-connections",
      3_725,
    ]);
  });

  it("refreshes without a database", () => {
    const limits = { "database-connections": 0 };
    expect(
      counted(
        respond(limits, [
          [0, "refresh"],
          [1, "login"],
          [2, "list"],
        ]),
      ),
    ).to.deep.equal([200, "database-connections", "database-connections"]);
  });
});

const push = { share: 0.15, seconds: 60 };
const today = toServiceLimits(production);

describe("simulation", () => {
  let result: SimulationResult;
  before(() => {
    result = simulate(today, { users: 120_000, push });
  });

  it("shows that the auth routes refuse first with production's values, 120,000 users and a push message", () => {
    const [first] = Object.keys(result.refusals);
    expect(first).to.equal("gateway-auth");
    expect(result.refusals["gateway-auth"]!.firstAt).to.be.within(0, 10);
    expect(result.lostOpenings / result.openings).to.be.above(0.5);
  });

  it("counts each request once, and each attempt", () => {
    const refused = Object.values(result.refusals).reduce((sum, { attempts }) => sum + attempts, 0);
    expect(result.accepted + result.failed).to.equal(result.requests);
    expect(result.accepted + refused).to.equal(result.attempts);
    expect(result.requests).to.equal(result.openings + 9 * (result.openings - result.lostOpenings));
  });

  it("is the same for the same seed, and another for another", () => {
    const limits = { ...today, "gateway-auth": { perSecond: 5, burst: 5 } };
    const small = (seed: number) => simulate(limits, { users: 2_000, push }, seed);
    expect(small(1)).to.deep.equal(small(1));
    expect(small(2)).to.not.deep.equal(small(1));
  });

  it("agrees with the arithmetic about where the auth routes refuse", () => {
    for (const users of [11_000, 16_000]) {
      const broken = findBrokenLimits(production, { users, push }, "fails").map(({ limit }) => limit.id);
      expect(Object.keys(simulate(today, { users, push }).refusals), String(users)).to.deep.equal(broken);
    }
  });

  it("loses no request once the limits are what the arithmetic says", () => {
    const scenario = { users: 30_000, push };
    const load = (id: string) => evaluateLimits(production, scenario).find(({ limit }) => limit.id === id)!.load;
    const { api } = production;
    const raised = {
      ...production,
      api: {
        ...api,
        requestsPerSecond: Math.ceil(load("gateway-all")),
        auth: { ...api.auth, requestsPerSecond: Math.ceil(load("gateway-auth")) },
      },
    };
    expect(simulate(today, scenario).failed).to.be.above(1_000);
    expect(findBrokenLimits(raised, scenario, "fails")).to.deep.equal([]);
    expect(simulate(toServiceLimits(raised), scenario).failed).to.equal(0);
  });

  it("repeats a refresh after 503, and no login, which may have had an effect", () => {
    const { requests, attempts } = simulate({ ...unlimited, "kms-signatures": 0 }, { users: 1_000_000 });
    // A tenth are logins.
    expect(attempts / requests).to.be.closeTo(1.9, 0.05);
  });

  const free = () => simulate(unlimited, { users: 3_000, push });

  it("refuses nothing without limits", () => {
    expect(free().refusals).to.deep.equal({});
  });

  for (const [name, value] of [
    ["gateway-auth", { perSecond: 3, burst: 2 }],
    ["gateway-all", { perSecond: 15, burst: 10 }],
    ["gateway-account", { perSecond: 15, burst: 10 }],
    ["concurrency-auth", 1],
    ["concurrency-api", 3],
    ["concurrency-account", 3],
    ["scaling-rate", 5],
    ["parameter-reads", 1],
    ["kms-signatures", 4],
    ["database-connections", 6],
    ["database-new-connections", 1],
  ] as const) {
    it(`refuses requests because of ${name} alone, if that is low`, () => {
      const limited = simulate({ ...unlimited, [name]: value }, { users: 3_000, push });
      expect(Object.keys(limited.refusals)).to.deep.equal([name]);
      expect(limited.accepted).to.be.below(limited.requests);
    });
  }

  it("waits for fewer cold starts with provisioned concurrency", () => {
    const few = simulate({ ...unlimited, provisioned: 20 }, { users: 3_000, push });
    expect(few.coldStarts.auth).to.be.below(free().coldStarts.auth);
  });
});
