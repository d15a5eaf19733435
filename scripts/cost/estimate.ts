import { listResources, type Resource, type StackConfiguration } from "../terraform/resources.ts";
import { freeTypes } from "./free-types.ts";
import type { Price } from "./price.ts";
import { pricedData } from "./priced-data.ts";
import { pricedNetwork } from "./priced-network.ts";
import { pricedRequests } from "./priced-requests.ts";
import { isKnownPrice, type PriceName, type PricingRule, prices } from "./prices.ts";
import { type AssumptionName, Usage, type UsageInputs } from "./traffic.ts";

/** Requests per second day and night, for which the cost is estimated. */
export const requestRates = [0, 1, 10, 100] as const;

/** Cost of one resource. */
export interface ResourceCost {
  readonly stack: string;
  readonly type: string;
  readonly id: string;
  /** US dollars a month, at each of the {@link requestRates}. */
  readonly usd: readonly number[];
  /** Prices of its charges, at any rate. */
  readonly prices: readonly PriceName[];
  /** Assumptions of its figures, besides the rate. */
  readonly assumptions: readonly AssumptionName[];
  /** Whether one of its prices is unconfirmed. */
  readonly approximate: boolean;
}

export interface Estimate {
  readonly resources: readonly ResourceCost[];
  /** US dollars a month, at each of the {@link requestRates}. */
  readonly total: readonly number[];
  /** Types of resources that the total excludes, as they are in no table. */
  readonly unknownTypes: readonly string[];
  /** What else the total excludes, as its price is unknown, such as a cluster tier. */
  readonly unknownPrices: readonly string[];
}

export const pricingRules: Readonly<Record<string, PricingRule>> = {
  ...pricedRequests,
  ...pricedData,
  ...pricedNetwork,
};

/**
 * Estimates the monthly cost of an environment.
 *
 * @param stacks the configurations of all its stacks, by name
 * @throws {OperatorError} if the usage of a priced resource is unknown
 */
export function estimate(stacks: Readonly<Record<string, StackConfiguration>>): Estimate {
  const all = listResources(stacks);
  const inputs = readUsageInputs(all);
  const unknownPrices = new Set<string>();
  const resources = all.flatMap((resource) => {
    const rule = pricingRules[resource.type];
    return rule ? [toResourceCost(resource, rule, inputs, unknownPrices)] : [];
  });
  const unknown = all.map(({ type }) => type).filter((type) => !(type in pricingRules || freeTypes.has(type)));
  return {
    resources,
    total: computeTotal(resources),
    unknownTypes: [...new Set(unknown)].sort(),
    unknownPrices: [...unknownPrices].sort(),
  };
}

function readUsageInputs(resources: readonly Resource[]): UsageInputs {
  const times = resources
    .filter(({ type }) => type === "aws_scheduler_schedule")
    .map(({ attributes }) => attributes.schedule_expression)
    .join("\n");
  // Only the schedule of the dumps repeats every few hours.
  const [, hours] = /^cron\(\d+ \d+\/(\d+) /m.exec(times) ?? [];
  return {
    hasCdn: resources.some(({ type }) => type === "aws_cloudfront_distribution"),
    dumpEveryHours: hours ? Number(hours) : Number.POSITIVE_INFINITY,
  };
}

function toResourceCost(
  resource: Resource,
  rule: PricingRule,
  inputs: UsageInputs,
  unknownPrices: Set<string>,
): ResourceCost {
  const { stack, type, id } = resource;
  const usages = requestRates.map((rate) => new Usage(rate, inputs));
  const charges = usages.map((usage) =>
    rule(resource, usage).flatMap(({ price, quantity }) => {
      if (isKnownPrice(price)) return [{ price, quantity }];
      unknownPrices.add(price.unknownPrice);
      return [];
    }),
  );
  const charged = charges.flat().filter(({ quantity }) => quantity > 0);
  const names = [...new Set(charged.map(({ price }) => price))];
  return {
    stack,
    type,
    id,
    usd: charges.map((items) => items.reduce((total, { price, quantity }) => total + prices[price].usd * quantity, 0)),
    prices: names,
    assumptions: names.length > 0 ? [...new Set(usages.flatMap((usage) => [...usage.assumptions]))] : [],
    approximate: names.some((name) => (prices[name] as Price).unconfirmed),
  };
}

/** The sum of each column. */
export const computeTotal = (resources: readonly Pick<ResourceCost, "usd">[]): number[] =>
  requestRates.map((_, column) => resources.reduce((total, { usd }) => total + usd[column]!, 0));
