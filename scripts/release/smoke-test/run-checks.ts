import { redactText } from "../../../service/platform/redaction.ts";
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
} from "../smoke-test-checks.ts";

/** The result of one check. */
export interface SmokeTestResult {
  readonly check: string;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly detail: string;
}

/** Each returns what it found, or throws the reason of its failure. */
const checks: Readonly<Record<string, (target: SmokeTestTarget) => Promise<string>>> = {
  name: ({ url }) => checkDns(url),
  tls: checkTls,
  ready: checkReadiness,
  "api key": checkApiKey,
  cors: checkCors,
  "key set": checkKeySet,
  login: checkLogin,
};

/** Runs all checks of a public API at the same time, as an app or a browser uses it. */
export function runChecks(target: SmokeTestTarget): Promise<SmokeTestResult[]> {
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

/** The failed checks as a sentence; an empty string if none failed. */
export function describeFailures(results: readonly SmokeTestResult[]): string {
  const failed = results.filter(({ outcome }) => outcome === "failed");
  return failed.length === 0 ? "" : `${failed.map(({ check, detail }) => `${check}: ${detail}`).join("; ")}.`;
}
