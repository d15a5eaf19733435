import type { DeployedEnvironment } from "../../service/contract.ts";
import { getEnvironment } from "../../stacks/environments/index.ts";
import { formatTable } from "../cli/table.ts";
import { runChecks, type SmokeTestResult } from "./smoke-test/run-checks.ts";

/**
 * Runs smoke tests against the public URL of an environment, as an app or a browser uses it.
 * @param api another URL. @default the environment's domain name
 * @param prefix of the environment variables with the app's key and the test account
 */
export function runSmokeTests(
  environment: DeployedEnvironment,
  api?: URL,
  prefix = "HEALTH_",
): Promise<SmokeTestResult[]> {
  const { apiDomain, corsOrigins } = getEnvironment(environment);
  const [apiKey, email, password] = ["API_KEY", "EMAIL", "PASSWORD"].map(
    (name) => process.env[prefix + name] || undefined,
  );
  return runChecks({
    url: api ?? new URL(`https://${apiDomain}`),
    origin: corsOrigins[0]!,
    apiKey,
    account: email && password ? { email, password } : undefined,
  });
}

/** One line per check. */
export const formatSmokeTests = (results: readonly SmokeTestResult[]): string[] =>
  formatTable(results.map(({ check, outcome, detail }) => [outcome, check, detail]));
