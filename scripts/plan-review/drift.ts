import type { DeployedEnvironment } from "../../service/contract.ts";
import { planDeployed } from "./plan-deployed.ts";
import type { Plans } from "./plan-stacks.ts";
import { exitStatus, printReview } from "./review.ts";

export interface DriftOptions {
  readonly environment?: DeployedEnvironment;
  readonly json?: boolean;
}

/**
 * `npm run ops -- drift`
 * @throws {ConfigurationError} if nothing could be asked for
 */
export async function drift(options: DriftOptions): Promise<void> {
  printDrift(await planDeployed(options.environment, ["-refresh-only"]), options);
}

/** Prints drift as a review of plans, and sets the exit status: any drift wants attention, a failure is 1. */
export function printDrift({ plans, failures }: Plans, options: DriftOptions): void {
  printReview(plans, options);
  const isClean = plans.every((plan) => plan.drift.length === 0);
  if (!isClean) process.exitCode = Math.max(exitStatus.attention, Number(process.exitCode ?? 0));
  if (failures.length > 0) process.exitCode = 1;
}
