import { expect } from "chai";
import type { MetricMath } from "../../stacks/constructs/observability/metric.ts";
import {
  createIndicators,
  type RequestMetrics,
  toBudgetLeft,
  toBurnRate,
} from "../../stacks/constructs/observability/service-levels.ts";
import { evaluateExpression, isInAlarm, isRuleMet, type Measure } from "../support/alarm-evaluation.ts";
import type { Stacks } from "../support/synthesize.ts";
import { changeAlarm } from "./rules/alarms.ts";
import { type Break, resources } from "./rules/resources.ts";
import { allStacks } from "./rules/rule.ts";

/** Requests of one minute. Those that fail and those that are throttled are fast. */
interface Minute {
  readonly requests: number;
  readonly failed?: number;
  readonly throttled?: number;
  readonly slow?: number;
  /** @default the access log is there */
  readonly isLogLate?: boolean;
}

/** Hours of normal requests before each incident, so that the longest window is full. */
const hoursBefore = 7;
const start = hoursBefore * 60;

/** Requests that all succeed. */
const normal: Minute = { requests: 100 };
const night: Minute = { requests: 1 };

/** Some minutes, of which each is the same. */
const minutes = (count: number, minute: Minute): Minute[] => Array.from({ length: count }, () => minute);

/** An incident between hours without. */
const incident = (count: number, minute: Minute, otherwise = normal, hoursAfter = 7): Minute[] => [
  ...minutes(start, otherwise),
  ...minutes(count, minute),
  ...minutes(hoursAfter * 60, otherwise),
];

/** Sums up to each minute, so that a window is one difference. */
const accumulate = (trace: readonly Minute[], get: (minute: Minute) => number): number[] => {
  let total = 0;
  return [0, ...trace.map((minute) => (total += get(minute)))];
};

/** What CloudWatch measures of a trace. Metrics have no data for a time without requests. */
function toMeasure(trace: readonly Minute[], averageRate: "by request" | "by minute"): Measure {
  const sums = {
    requests: accumulate(trace, ({ requests }) => requests),
    failed: accumulate(trace, ({ failed = 0 }) => failed),
    throttled: accumulate(trace, ({ throttled = 0 }) => throttled),
    slow: accumulate(trace, ({ slow = 0 }) => slow),
    rates: accumulate(trace, ({ requests, failed = 0 }) => (requests === 0 ? 0 : (100 * failed) / requests)),
    minutes: accumulate(trace, ({ requests }) => Number(requests > 0)),
    logged: accumulate(trace, ({ requests, isLogLate }) => (isLogLate ? 0 : requests)),
  };
  return ({ namespace, name, statistic }, from, to) => {
    const sum = (kind: keyof typeof sums) => sums[kind][to]! - sums[kind][Math.max(from, 0)]!;
    const requests = sum("requests");
    if (requests === 0) return undefined;
    switch (`${namespace.replace(/^(Ecobeat).*/, "$1")} ${name} ${statistic}`) {
      case "AWS/ApiGateway Count Sum":
      case "AWS/CloudFront Requests Sum":
        return requests;
      case "AWS/ApiGateway 5XXError Sum":
        return sum("failed");
      case "Ecobeat ThrottledRequests Sum":
        return sum("logged") > 0 ? sum("throttled") : undefined;
      case "AWS/ApiGateway Latency PR(:1000)":
      case "AWS/ApiGateway Latency PR(:2000)":
        return 100 - (100 * sum("slow")) / requests;
      case "AWS/CloudFront 5xxErrorRate Average":
        return averageRate === "by request" ? (100 * sum("failed")) / requests : sum("rates") / sum("minutes");
      default:
        throw new Error(`The trace has no ${namespace} ${name} ${statistic}.`);
    }
  };
}

let unchanged: Stacks | undefined;

/** The stacks, which no test changes. */
function synthesized(): Stacks {
  unchanged ??= allStacks();
  return unchanged;
}

/** A time in ALARM, in minutes after the beginning of the incident. */
type Firing = readonly [from: number, to: number];

/** When a composite alarm fires during a trace. It is evaluated at the end of each minute. */
function getFiring(
  name: string,
  trace: readonly Minute[],
  {
    stacks = synthesized(),
    averageRate = "by request",
  }: { stacks?: Stacks; averageRate?: "by request" | "by minute" } = {},
): Firing[] {
  const [composite, ...others] = resources(stacks, "aws_cloudwatch_composite_alarm").filter(
    ({ attributes }) => attributes.alarm_name === name,
  );
  if (!composite || others.length > 0) throw new Error(`There is not exactly one alarm ${name}.`);
  const measure = toMeasure(trace, averageRate);
  const alarms = composite.stack.resource.aws_cloudwatch_metric_alarm!;
  const firing: [number, number][] = [];
  for (let minute = start; minute <= trace.length; minute++) {
    if (!isRuleMet(composite.attributes.alarm_rule, (id) => isInAlarm(alarms[id]!, minute, measure))) continue;
    const last = firing.at(-1);
    if (last?.[1] === minute - start - 1) last[1] = minute - start;
    else firing.push([minute - start, minute - start]);
  }
  return firing;
}

const production = (kind: string) => `ecobeat-production-${kind}`;

describe("service level alarms", () => {
  const fast = production("slo-errors-fast");
  const slow = production("slo-errors-slow");

  it("page one minute after the beginning of an outage, until five minutes after its end", () => {
    const outage = incident(3, { requests: 100, failed: 100 });
    expect(getFiring(fast, outage)).to.deep.equal([[1, 3 + 4]]);
    // Three minutes are 1 % of the requests of five hours. 30 minutes later they are forgotten.
    expect(getFiring(slow, outage)).to.deep.equal([[3, 3 + 29]]);
  });

  it("page for requests that API Gateway throttles as for 5xx, and for both together", () => {
    const push = incident(10, { requests: 100, throttled: 40 });
    expect(getFiring(fast, push)).to.deep.equal([[3, 10 + 4]]);
    // Each alone spends 10 times the budget.
    expect(getFiring(fast, incident(120, { requests: 100, failed: 1 }))).to.deep.equal([]);
    expect(getFiring(fast, incident(120, { requests: 100, throttled: 1 }))).to.deep.equal([]);
    expect(getFiring(fast, incident(120, { requests: 100, failed: 1, throttled: 1 }))).to.not.be.empty;
  });

  it("page for 5xx while the access log, from which throttled requests come, is late", () => {
    const outage = incident(20, { requests: 100, failed: 100, isLogLate: true });
    expect(getFiring(fast, outage)).to.deep.equal([[1, 20 + 4]]);
  });

  it("page within 45 minutes for 2 %, and within four hours for 1 %", () => {
    const two = incident(360, { requests: 100, failed: 2 });
    expect(getFiring(fast, two)[0]![0]).to.equal(44);
    expect(getFiring(slow, two)[0]![0]).to.equal(109);
    const one = incident(360, { requests: 100, failed: 1 });
    expect(getFiring(fast, one)).to.deep.equal([]);
    expect(getFiring(slow, one)[0]![0]).to.equal(217);
  });

  it("stay silent for errors within the budget", () => {
    const withinBudget = Array.from({ length: 24 * 60 }, (_, index) => ({
      requests: 100,
      failed: index % 20 === 0 ? 1 : 0,
    }));
    for (const name of [fast, slow, production("edge-slo-errors-fast"), production("edge-slo-errors-slow")]) {
      expect(getFiring(name, withinBudget), name).to.deep.equal([]);
    }
  });

  it("wake no one for a few failures at night, whatever their share", () => {
    const oneOfFive = incident(1, { requests: 5, failed: 1 }, { requests: 0 });
    const nine = incident(9, { requests: 1, failed: 1 }, night);
    for (const name of ["slo-errors-fast", "slo-errors-slow", "edge-slo-errors-fast", "edge-slo-errors-slow"]) {
      for (const trace of [oneOfFive, nine]) expect(getFiring(production(name), trace), name).to.deep.equal([]);
    }
  });

  it("page ten minutes after the beginning of an outage at one request per minute", () => {
    expect(getFiring(fast, incident(60, { requests: 1, failed: 1 }, night))).to.deep.equal([[10, 60 + 4]]);
  });

  it("stay in ALARM without a gap while a tenth of the requests fail", () => {
    expect(getFiring(fast, incident(90, { requests: 100, failed: 10 }))).to.have.length(1);
    expect(getFiring(slow, incident(90, { requests: 100, failed: 10 }))).to.have.length(1);
  });

  it("page for slow requests, which no error alarm counts", () => {
    const slowness = incident(30, { requests: 100, slow: 60 });
    expect(getFiring(production("slo-latency-fast"), slowness)).to.deep.equal([[15, 30 + 3]]);
    expect(getFiring(fast, slowness)).to.deep.equal([]);
    // As many as the objective allows, such as cold starts.
    const allowed = incident(360, { requests: 100, slow: 1 });
    for (const kind of ["fast", "slow"]) {
      expect(getFiring(production(`slo-latency-${kind}`), allowed)).to.deep.equal([]);
      expect(getFiring(production(`slo-latency-${kind}`), incident(9, { requests: 1, slow: 1 }, night))).to.deep.equal(
        [],
      );
    }
    expect(getFiring(production("slo-latency-slow"), incident(360, { requests: 100, slow: 10 }))[0]![0]).to.equal(217);
  });

  for (const averageRate of ["by request", "by minute"] as const) {
    it(`page if CloudFront cannot reach the API, with rates averaged ${averageRate}`, () => {
      const unreachable = incident(20, { requests: 100, failed: 100 });
      const edge = getFiring(production("edge-slo-errors-fast"), unreachable, { averageRate });
      expect(edge).to.deep.equal([[1, 20 + 4]]);
      // Meanwhile API Gateway gets no requests.
      expect(getFiring(fast, incident(20, { requests: 0 }))).to.deep.equal([]);
    });
  }

  it("follow the objectives of the environment", () => {
    const two = incident(360, { requests: 100, failed: 2 });
    expect(getFiring("ecobeat-staging-slo-errors-fast", two)).to.deep.equal([]);
    expect(getFiring("ecobeat-staging-slo-errors-fast", incident(60, { requests: 100, failed: 20 }))).to.not.be.empty;
  });

  const breaks: Readonly<Record<string, Break>> = {
    "a threshold of the slow burn rate": changeAlarm("production-slo-errors-fast-1h", { threshold: 0.6 }),
    "a window of five hours": changeAlarm("production-slo-errors-slow-6h", ({ metric_query }) => {
      for (const { metric } of metric_query) if (metric) metric.period = 18_000;
    }),
    "no minimum of failures": changeAlarm("production-slo-errors-fast-1h", ({ metric_query }) => {
      metric_query[0].expression = metric_query[0].expression.replace(">= 10", ">= 1");
    }),
    "throttled requests that do not count": changeAlarm("production-slo-errors-fast-1h", ({ metric_query }) => {
      metric_query[0].expression = metric_query[0].expression.replaceAll("FILL(throttled, 0)", "0");
    }),
    "a short window of an hour": changeAlarm("production-slo-errors-fast-5m", ({ metric_query }) => {
      for (const { metric } of metric_query) if (metric) metric.period = 3_600;
    }),
  };
  for (const [way, change] of Object.entries(breaks)) {
    it(`show ${way} in these traces`, () => {
      const stacks = allStacks();
      change(stacks);
      const traces = [
        incident(3, { requests: 100, failed: 100 }),
        incident(10, { requests: 100, throttled: 40 }),
        incident(360, { requests: 100, failed: 1 }),
        incident(9, { requests: 1, failed: 1 }, night),
      ];
      const evaluate = (all: Stacks) =>
        traces.flatMap((trace) => [fast, slow].map((name) => getFiring(name, trace, { stacks: all })));
      expect(evaluate(stacks)).to.not.deep.equal(evaluate(synthesized()));
    });
  }
});

describe("service level indicators", () => {
  const metric = (name: string, statistic = "Sum") => ({
    namespace: "AWS/ApiGateway",
    name,
    dimensions: {},
    statistic,
  });
  const metrics: RequestMetrics = {
    requests: metric("Count"),
    serverErrors: metric("5XXError"),
    throttled: metric("ThrottledRequests"),
    getPercentWithin: (ms) => metric("Latency", `PR(:${ms})`),
  };

  it("take the limit of slow requests in seconds or milliseconds, and an objective of 99 % unless it is given", () => {
    const { latency } = createIndicators({ availability: 99.9, slow: "1.001 s" }, metrics);
    expect([latency.metrics.within!.statistic, latency.objective]).to.deep.equal(["PR(:1001)", 99]);
    const other = createIndicators({ availability: 99.9, slow: "800 ms", fast: 99.5 }, metrics).latency;
    expect([other.metrics.within!.statistic, other.objective]).to.deep.equal(["PR(:800)", 99.5]);
  });

  it("say how much of the error budget is left, and how fast it is spent", () => {
    const { errors, latency } = createIndicators({ availability: 99.9, slow: "1 s" }, metrics);
    const evaluate = (line: MetricMath, values: Readonly<Record<string, number>>) =>
      Number(evaluateExpression(line.expression, new Map(Object.entries(values)))!.toFixed(6));
    const half = { error_requests: 10_000, server_errors: 3, throttled: 2 };
    expect([evaluate(toBudgetLeft(errors), half), evaluate(toBurnRate(errors), half)]).to.deep.equal([50, 0.5]);
    const twice = { error_requests: 10_000, server_errors: 0, throttled: 20 };
    expect([evaluate(toBudgetLeft(errors), twice), evaluate(toBurnRate(errors), twice)]).to.deep.equal([-100, 2]);
    const slow = { latency_requests: 10_000, within: 99.75 };
    expect([evaluate(toBudgetLeft(latency), slow), evaluate(toBurnRate(latency), slow)]).to.deep.equal([75, 0.25]);
  });
});
