import type { DeployedEnvironment } from "../../service/contract.ts";
import { redactText } from "../../service/platform/redaction.ts";
import { getEnvironment } from "../../stacks/environments/index.ts";
import { formatTable } from "../cli/table.ts";
import {
  checkApiKey,
  checkCors,
  checkDns,
  checkKeySet,
  checkLogin,
  checkReadiness,
  checkTls,
  SmokeTestSkipped,
  type SmokeTestTarget,
} from "./smoke-test-checks.ts";

/** The result of one check. */
export interface SmokeTestResult {
  readonly check: string;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly detail: string;
}

/** Each returns what it found, or throws the reason of its failure. */
const checks: Readonly<Record<string, (target: SmokeTestTarget) => Promise<string>>> = {
  name: ({ url }) => checkDns(url),
  tls: ({ url }) => checkTls(url),
  ready: checkReadiness,
  "api key": checkApiKey,
  cors: checkCors,
  "key set": checkKeySet,
  login: checkLogin,
};

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
  const target: SmokeTestTarget = {
    url: api ?? new URL(`https://${apiDomain}`),
    origin: corsOrigins[0]!,
    apiKey,
    account: email && password ? { email, password } : undefined,
  };
  return Promise.all(
    Object.entries(checks).map(async ([check, run]): Promise<SmokeTestResult> => {
      try {
        return { check, outcome: "passed", detail: await run(target) };
      } catch (error) {
        return {
          check,
          outcome: error instanceof SmokeTestSkipped ? "skipped" : "failed",
          detail: describeFailure(error),
        };
      }
    }),
  );
}

/** `fetch` gives the reason of a failure as the cause of its error. */
function describeFailure(error: unknown): string {
  const { name, message, cause } = error as Error;
  if (name === "TimeoutError") return "no response within 10 s. See runbooks/high-errors.md";
  return redactText(cause instanceof Error ? `${message}: ${cause.message}` : message);
}

/** One line per check. */
export const formatSmokeTests = (results: readonly SmokeTestResult[]): string[] =>
  formatTable(results.map(({ check, outcome, detail }) => [outcome, check, detail]));

/** The failed checks as a sentence; an empty string if none failed. */
export function describeFailures(results: readonly SmokeTestResult[]): string {
  const failed = results.filter(({ outcome }) => outcome === "failed");
  return failed.length === 0 ? "" : `${failed.map(({ check, detail }) => `${check}: ${detail}`).join("; ")}.`;
}
