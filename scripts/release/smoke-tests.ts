import type { DeployedEnvironment } from "../../service/contract.ts";
import { redactText } from "../../service/platform/logging.ts";
import { environments } from "../../stacks/environments/index.ts";
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

/** What one check found. */
export interface SmokeTestResult {
  readonly check: string;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly detail: string;
}

/** Each tells what it found, or throws why it failed. */
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
 * Looks at an environment from outside, as a phone or a browser does.
 * @param api @default the environment's public name
 * @param prefix of the variables that hold the app's key and an account
 */
export function runSmokeTests(
  environment: DeployedEnvironment,
  api?: URL,
  prefix = "HEALTH_",
): Promise<SmokeTestResult[]> {
  const { apiDomain, corsOrigins } = environments[environment];
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

/** What `fetch` fails of is in its error's cause. */
function describeFailure(error: unknown): string {
  const { name, message, cause } = error as Error;
  if (name === "TimeoutError") return "nobody answers within 10 s. See runbooks/high-errors.md";
  return redactText(cause instanceof Error ? `${message}: ${cause.message}` : message);
}

/** What checks found, a line for each. */
export const formatSmokeTests = (findings: readonly SmokeTestResult[]): string[] =>
  formatTable(findings.map(({ check, outcome, detail }) => [outcome, check, detail]));
