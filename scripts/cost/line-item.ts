import { ConfigurationError } from "../../service/config.ts";
import { type Price, type PriceName, prices } from "./prices.ts";
import type { Usage } from "./traffic.ts";

/** Attributes of a resource as the synthesis writes them. */
// biome-ignore lint/suspicious/noExplicitAny: whatever shape each of the provider's resources has
export type Attributes = Record<string, any>;

/** Of a stack's `cdk.tf.json` what the estimate reads. */
export interface StackConfiguration {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Attributes>>>>;
}

/** One resource of one stack. */
export interface Resource {
  readonly stackName: string;
  readonly type: string;
  readonly id: string;
  readonly attributes: Attributes;
  /** The resources of a type in the same stack, by their ids. */
  readonly siblings: (type: string) => Readonly<Record<string, Attributes>>;
}

/** All resources of stacks, by name of the stack. */
export function listResources(stacks: Readonly<Record<string, StackConfiguration>>): Resource[] {
  return Object.entries(stacks).flatMap(([stackName, { resource = {} }]) =>
    Object.entries(resource).flatMap(([type, byId]) =>
      Object.entries(byId).map(([id, attributes]) => ({
        stackName,
        type,
        id,
        attributes,
        siblings: (other: string) => resource[other] ?? {},
      })),
    ),
  );
}

/** A line of the bill: so many units of something in a month. */
export interface LineItem {
  readonly price: PriceName;
  readonly quantity: number;
}

/** What a resource is charged for in a month of a given use. */
export type PricingRule = (resource: Resource, usage: Usage) => readonly LineItem[];

export const charge = (price: PriceName, quantity: number): LineItem => ({ price, quantity });

/** US dollars of charges. */
export const sumUsd = (charges: readonly LineItem[]): number =>
  charges.reduce((total, { price, quantity }) => total + prices[price].usd * quantity, 0);

/** @throws {ConfigurationError} when the table has no such price */
export function toPriceName(name: string): PriceName {
  if (!(name in prices)) {
    throw new ConfigurationError(
      `The stacks have a ${name}, and the table has no price of it. An estimate without it would be too low. ` +
        `Add its price to scripts/cost/prices.ts.`,
    );
  }
  return name as PriceName;
}

export const isUnconfirmed = (price: PriceName): boolean => (prices[price] as Price).unconfirmed === true;
