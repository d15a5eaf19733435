import { type DeployedEnvironment, deployedEnvironments } from "../../service/contract.ts";
import { environments } from "../../stacks/environments.ts";
import { estimate, loads } from "./estimate.ts";
import { priceDate, prices } from "./prices.ts";
import { basis, tableOf, warningsOf } from "./report.ts";
import { synthesizedStacks } from "./synthesis.ts";
import { assumptions } from "./traffic.ts";

export interface CostOptions {
  /** @default all environments */
  readonly environment?: DeployedEnvironment;
  /** Prints JSON with a line for each resource, in place of tables. */
  readonly json?: boolean;
}

/**
 * Prints what the stacks cost in a month, from their own synthesis and a table of prices. Asks no service. A resource type
 * without a price is a warning in the report.
 *
 * @throws {ConfigurationError} when a resource of a priced type has a size or a name of which nothing says what it costs
 */
export async function printCost({ environment, json }: CostOptions): Promise<void> {
  const stacksOf = await synthesizedStacks();
  const names = environment ? [environment] : deployedEnvironments;
  const estimates = names.map((name) => ({ name, ...estimate(stacksOf(name)) }));
  if (json) {
    const warnings = estimates.flatMap(({ name, unknownTypes }) => warningsOf(name, unknownTypes));
    const report = {
      priceDate,
      currency: "USD",
      requestsPerSecond: loads,
      warnings,
      estimates,
      assumptions,
      prices,
    };
    console.log(JSON.stringify(report, null, 2));
    return;
  }
  for (const each of estimates) {
    console.log(`${tableOf(each.name, each, environments[each.name].api.requestsPerSecond)}\n`);
  }
  console.log(basis(estimates));
}
