import { withTimeout } from "../platform/deadline.ts";
import { defaultTimeouts } from "../platform/timeouts.ts";

/**
 * Prepares a function for its first request while Lambda initializes it: at full CPU speed, whatever its memory.
 *
 * With provisioned concurrency no request waits yet, so this waits until the function is prepared, at most
 * {@link Timeouts.initialization}. Otherwise a request waits already, and needs the same: it shares the work that has begun.
 *
 * @param prepare its failure is forgotten
 * @param environment of Lambda: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export async function initializeFunction(
  prepare: () => Promise<void>,
  environment: NodeJS.ProcessEnv,
  { initialization } = defaultTimeouts,
): Promise<void> {
  const prepared = prepare().catch(() => {});
  if (environment.AWS_LAMBDA_INITIALIZATION_TYPE !== "provisioned-concurrency") return;
  // What does not respond in time will fail on its own, and the first request tries again.
  await withTimeout("Initialization", initialization, prepared).catch(() => {});
}
