import { otherConcurrency } from "../../stacks/environment-checks.ts";
import {
  coldStart,
  getColdStartsOfParameters,
  getParameterReads,
  lambdaScaling,
  parameterReadsPerSecond,
} from "./contract.ts";
import type { Limit } from "./limit.ts";
import {
  getColdStarts,
  getMeanSeconds,
  getRates,
  parametersInUse,
  type Scenario,
  toMostBusy,
  traffic,
} from "./traffic-model.ts";

/** Busy environments of a function: the mean, three standard deviations of it, and those that start at the same time. */
export function getConcurrency(role: "auth" | "api", scenario: Scenario): number {
  const rate = getRates(scenario)[role];
  return toMostBusy((rate.base + rate.rise) * getMeanSeconds(role)) + getColdStarts(rate);
}

/** Environments of all functions. Each has connections to its dependencies. */
export const countEnvironments = (scenario: Scenario): number =>
  Math.ceil(getConcurrency("auth", scenario)) + Math.ceil(getConcurrency("api", scenario)) + otherConcurrency;

/** Environments that start cold in a burst. */
export const countColdStarts = (scenario: Scenario): number => {
  const { auth, api } = getRates(scenario);
  return getColdStarts(auth) + getColdStarts(api);
};

/** The client does not wait longer: after a stop of all requests, all environments must be able to start within that time. */
const longestWaitSeconds = 10;

const reserved = (role: "auth" | "api"): Limit => ({
  id: `concurrency-${role}`,
  name: `Lambda, concurrency of ${role}`,
  unit: "environments",
  effect: "fails",
  raise: `\`functions.reservedConcurrency.${role}\``,
  value: ({ functions }) => functions.reservedConcurrency[role],
  load: (scenario) => getConcurrency(role, scenario),
  source: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html",
  adjustable: "member",
  alarm: { suffix: `-${role}-concurrency` },
});

/** Limits of Lambda, and of what each start of a function uses. */
export const functionLimits: readonly Limit[] = [
  {
    id: "provisioned-concurrency",
    name: "Lambda, provisioned concurrency of auth",
    unit: "environments",
    effect: "slows",
    raise: "`functions.provisionedConcurrency.maximum`",
    value: ({ functions }) => functions.provisionedConcurrency?.maximum,
    load: (scenario, { functions }) => {
      const { base, rise } = getRates(scenario).auth;
      return ((base + rise) * getMeanSeconds("auth") * 100) / functions.provisionedConcurrency!.utilizationPercent;
    },
    source: "https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html",
    adjustable: "member",
    alarm: { none: "requests above it start cold, and take longer by that" },
  },
  reserved("auth"),
  reserved("api"),
  {
    id: "concurrency-account",
    name: "Lambda, concurrency of the account",
    unit: "environments",
    effect: "fails",
    raise: 'the quota "Concurrent executions" of Lambda, and `functions.concurrencyQuota`',
    value: ({ functions }) => functions.concurrencyQuota ?? lambdaScaling.concurrency,
    load: (scenario) => countEnvironments(scenario) + lambdaScaling.unreserved,
    source: "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
    adjustable: "quota",
    quota: { ServiceCode: "lambda", QuotaCode: "L-B99A9384" },
    alarm: { none: "all functions have reserved concurrency, whose sum the synthesis compares with the quota" },
  },
  {
    id: "scaling-rate",
    name: "Lambda, environments that a function starts in 10 s",
    unit: "environments",
    effect: "fails",
    raise: "ask AWS Support",
    value: () => lambdaScaling.environmentsPerTenSeconds,
    load: (scenario) => Math.max(getConcurrency("auth", scenario), getConcurrency("api", scenario)),
    source: "https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html",
    adjustable: "fixed",
    alarm: { none: "the reserved concurrency of a function is reached before: -auth-concurrency, -api-concurrency" },
  },
  {
    id: "parameter-reads",
    name: "SSM, reads of parameters at cold starts",
    unit: "calls/s",
    effect: "fails",
    raise: "`functions.parameterThroughput`",
    value: getParameterReads,
    findNeeded: (_, load) => (load <= parameterReadsPerSecond.higher ? "higher" : undefined),
    load: (scenario) => {
      const { auth, api } = parametersInUse;
      const inUse = auth * getConcurrency("auth", scenario) + api * getConcurrency("api", scenario);
      const readsInUse = inUse / (traffic.parametersMilliseconds.value / 1_000);
      return countColdStarts(scenario) / (coldStart.seconds + coldStart.parameterRetrySeconds) + readsInUse;
    },
    source: "https://docs.aws.amazon.com/general/latest/gr/ssm.html",
    adjustable: "member",
    needed: ({ functions: { reservedConcurrency: environments } }) =>
      (environments.auth + environments.api) / longestWaitSeconds,
    alarm: { suffix: "-cold-starts", scale: getColdStartsOfParameters(1) },
  },
];
