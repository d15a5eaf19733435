import { ConfigurationError } from "../../../service/config.ts";
import { type Charge, isUnconfirmed, type Pricer, sum } from "./charge.ts";
import { freeTypes } from "./free-types.ts";
import { pricedData } from "./priced-data.ts";
import { pricedNetwork } from "./priced-network.ts";
import { pricedRequests } from "./priced-requests.ts";
import { type Resource, resourcesOf, type StackConfiguration } from "./resources.ts";
import { type Setting, usageOf } from "./traffic.ts";

/** Loads that are estimated, in requests per second day and night. */
export const loads = [0, 1, 10, 100] as const;

/** What one resource costs. */
export interface Line {
  readonly stack: string;
  readonly type: string;
  readonly id: string;
  /** US dollars a month, at each of the {@link loads}. */
  readonly usd: readonly number[];
  /** Whether one of its prices is unconfirmed. */
  readonly approximate: boolean;
}

export interface Estimate {
  readonly lines: readonly Line[];
  /** US dollars a month, at each of the {@link loads}. */
  readonly total: readonly number[];
}

export const pricers: Readonly<Record<string, Pricer>> = {
  ...pricedRequests,
  ...pricedData,
  ...pricedNetwork,
};

/**
 * What an environment costs in a month.
 *
 * @param stacks the configurations of all its stacks, by name
 * @throws {ConfigurationError} when something has neither a price nor a reason to be free
 */
export function estimate(stacks: Readonly<Record<string, StackConfiguration>>): Estimate {
  const resources = resourcesOf(stacks);
  const setting = settingOf(resources);
  const usages = loads.map((load) => usageOf(load, setting));
  const lines = resources
    .filter(({ type }) => !(type in freeTypes))
    .map((resource) => lineOf(resource, (pricer) => usages.map((usage) => pricer(resource, usage))));
  return { lines, total: totalOf(lines) };
}

/** How often the database is dumped, by the schedule that does. */
function settingOf(resources: readonly Resource[]): Setting {
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

function lineOf(
  { stackName: stack, type, id }: Resource,
  price: (pricer: Pricer) => readonly (readonly Charge[])[],
): Line {
  const pricer = pricers[type];
  if (!pricer) {
    throw new ConfigurationError(
      `${stack} has ${type}.${id}, and nothing says what such a resource costs. An estimate without it could be too ` +
        `low. Add the type to one of scripts/ops/cost/priced-*.ts, or with a reason to free-types.ts.`,
    );
  }
  const charges = price(pricer);
  const approximate = charges.flat().some((each) => each.quantity > 0 && isUnconfirmed(each));
  return { stack, type, id, usd: charges.map(sum), approximate };
}

/** The sum of each column. */
export const totalOf = (lines: readonly Pick<Line, "usd">[]): number[] =>
  loads.map((_, column) => lines.reduce((total, { usd }) => total + usd[column]!, 0));
