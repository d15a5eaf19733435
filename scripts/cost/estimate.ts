import { freeTypes } from "./free-types.ts";
import {
  isUnconfirmed,
  listResources,
  type PricingRule,
  type Resource,
  type StackConfiguration,
  sumUsd,
} from "./line-item.ts";
import { pricedData } from "./priced-data.ts";
import { pricedNetwork } from "./priced-network.ts";
import { pricedRequests } from "./priced-requests.ts";
import type { PriceName } from "./prices.ts";
import {
  type AssumptionName,
  computeUsage,
  getAssumptions,
  type Usage,
  type UsageInputs,
} from "./traffic.ts";

/** Loads that are estimated, in requests per second day and night. */
export const requestRates = [0, 1, 10, 100] as const;

/** What one resource costs. */
export interface ResourceCost {
  readonly stack: string;
  readonly type: string;
  readonly id: string;
  /** US dollars a month, at each of the {@link requestRates}. */
  readonly usd: readonly number[];
  /** Prices that it is charged at, at any of the loads. */
  readonly prices: readonly PriceName[];
  /** What its figures rest on, besides the load. */
  readonly assumptions: readonly AssumptionName[];
  /** Whether one of its prices is unconfirmed. */
  readonly approximate: boolean;
}

export interface Estimate {
  readonly resources: readonly ResourceCost[];
  /** US dollars a month, at each of the {@link requestRates}. */
  readonly total: readonly number[];
  /** Types of resources that have neither a price nor a reason to be free: they are not in the total. */
  readonly unknownTypes: readonly string[];
}

export const pricingRules: Readonly<Record<string, PricingRule>> = {
  ...pricedRequests,
  ...pricedData,
  ...pricedNetwork,
};

/**
 * What an environment costs in a month.
 *
 * @param stacks the configurations of all its stacks, by name
 * @throws {ConfigurationError} when a resource of a priced type has a size or a name of which nothing says what it costs
 */
export function estimate(stacks: Readonly<Record<string, StackConfiguration>>): Estimate {
  const resources = listResources(stacks);
  const setting = readUsageInputs(resources);
  const usages = requestRates.map((load) => computeUsage(load, setting));
  const lines = resources.flatMap((resource) => {
    const pricer = pricingRules[resource.type];
    return pricer ? [toResourceCost(resource, pricer, usages)] : [];
  });
  const unknown = resources
    .map(({ type }) => type)
    .filter((type) => !(type in pricingRules || type in freeTypes));
  return { resources: lines, total: computeTotal(lines), unknownTypes: [...new Set(unknown)].sort() };
}

/** How often the database is dumped, by the schedule that does. */
function readUsageInputs(resources: readonly Resource[]): UsageInputs {
  const times = resources
    .filter(({ type }) => type === "aws_scheduler_schedule")
    .map(({ attributes }) => attributes.schedule_expression)
    .join("\n");
  // The other schedule is of fixed days.
  const [, hours] = /^cron\(\d+ \d+\/(\d+) /m.exec(times) ?? [];
  return {
    hasCdn: resources.some(({ type }) => type === "aws_cloudfront_distribution"),
    dumpEveryHours: hours ? Number(hours) : Number.POSITIVE_INFINITY,
  };
}

function toResourceCost(resource: Resource, pricer: PricingRule, usages: readonly Usage[]): ResourceCost {
  const { stackName: stack, type, id } = resource;
  const charges = usages.map((usage) => pricer(resource, usage));
  const charged = charges.flat().filter(({ quantity }) => quantity > 0);
  const prices = [...new Set(charged.map(({ price }) => price))];
  return {
    stack,
    type,
    id,
    usd: charges.map(sumUsd),
    prices,
    assumptions: getAssumptions(prices),
    approximate: prices.some(isUnconfirmed),
  };
}

/** The sum of each column. */
export const computeTotal = (lines: readonly Pick<ResourceCost, "usd">[]): number[] =>
  requestRates.map((_, column) => lines.reduce((total, { usd }) => total + usd[column]!, 0));
