import { ConfigurationError } from "../../service/config.ts";
import { type Price, type PriceName, prices } from "./prices.ts";
import type { Resource } from "./resources.ts";
import type { Usage } from "./traffic.ts";

/** A line of the bill: so many units of something in a month. */
export interface Charge {
  readonly price: PriceName;
  readonly quantity: number;
}

/** What a resource is charged for in a month of a given use. */
export type Pricer = (resource: Resource, usage: Usage) => readonly Charge[];

export const charge = (price: PriceName, quantity: number): Charge => ({ price, quantity });

/** US dollars of charges. */
export const sum = (charges: readonly Charge[]): number =>
  charges.reduce((total, { price, quantity }) => total + prices[price].usd * quantity, 0);

/** @throws {ConfigurationError} when the table has no such price */
export function priceNamed(name: string): PriceName {
  if (!(name in prices)) {
    throw new ConfigurationError(
      `The stacks have a ${name}, and the table has no price of it. An estimate without it would be too low. ` +
        `Add its price to scripts/cost/prices.ts.`,
    );
  }
  return name as PriceName;
}

export const isUnconfirmed = (price: PriceName): boolean => (prices[price] as Price).unconfirmed === true;
