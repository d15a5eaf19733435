import type { DeployedEnvironment } from "../../service/contract.ts";
import { redactText } from "../../service/platform/logging.ts";
import { environments } from "../../stacks/environments.ts";
import {
  checkApiKey,
  checkCors,
  checkKeySet,
  checkLogin,
  checkReadiness,
  type HealthTarget,
  Skipped,
} from "./api-checks.ts";
import { checkName, checkTls } from "./connection-checks.ts";

/** What `npm run ops -- health` was told. */
export interface HealthOptions {
  readonly environment: DeployedEnvironment;
  /** Where the API is, and what its tokens name as their issuer. @default the environment's public name */
  readonly api?: URL;
  readonly json?: boolean;
}

/** What one check found. */
export interface Finding {
  readonly check: string;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly detail: string;
}

/** Each tells what it found, or throws why it failed. */
const checks: Readonly<Record<string, (target: HealthTarget) => Promise<string>>> = {
  name: ({ url }) => checkName(url),
  tls: ({ url }) => checkTls(url),
  ready: checkReadiness,
  "api key": checkApiKey,
  cors: checkCors,
  "key set": checkKeySet,
  login: checkLogin,
};

/** Looks at an environment from outside, as a phone or a browser does. The exit code is 1 if a check failed. */
export async function health({ environment, api, json }: HealthOptions): Promise<void> {
  const findings = await lookFromOutside(environment, api);
  console.log(
    json ? JSON.stringify({ environment, checks: findings }, null, 2) : findings.map(findingLine).join("\n"),
  );
  if (findings.some(({ outcome }) => outcome === "failed")) process.exitCode = 1;
}

/**
 * What an environment's checks find.
 * @param api @default the environment's public name
 * @param prefix of the variables that hold the app's key and an account
 */
export function lookFromOutside(
  environment: DeployedEnvironment,
  api?: URL,
  prefix = "HEALTH_",
): Promise<Finding[]> {
  const { apiDomain, corsOrigins } = environments[environment];
  const [apiKey, email, password] = ["API_KEY", "EMAIL", "PASSWORD"].map(
    (name) => process.env[prefix + name] || undefined,
  );
  const target: HealthTarget = {
    url: api ?? new URL(`https://${apiDomain}`),
    origin: corsOrigins[0]!,
    apiKey,
    account: email && password ? { email, password } : undefined,
  };
  return Promise.all(
    Object.entries(checks).map(async ([check, run]): Promise<Finding> => {
      try {
        return { check, outcome: "passed", detail: await run(target) };
      } catch (error) {
        return { check, outcome: error instanceof Skipped ? "skipped" : "failed", detail: reason(error) };
      }
    }),
  );
}

/** What `fetch` fails of is in its error's cause. */
function reason(error: unknown): string {
  const { name, message, cause } = error as Error;
  if (name === "TimeoutError") return "nobody answers within 10 s. See runbooks/high-errors.md";
  return redactText(cause instanceof Error ? `${message}: ${cause.message}` : message);
}

/** What one check found, for people. */
export const findingLine = ({ check, outcome, detail }: Finding): string =>
  `${outcome.padEnd(7)}  ${check.padEnd(7)}  ${detail}`;
