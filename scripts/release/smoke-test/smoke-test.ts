import type { Clock } from "../../../service/platform/clock.ts";
import type { Logger } from "../../../service/platform/logging.ts";
import { embeddedMetrics } from "../../../service/platform/metrics.ts";
import type { ProbeAccount } from "../pre-traffic/contract.ts";
import { smokeTestMetrics } from "./contract.ts";
import { describeFailures, runChecks, type SmokeTestResult } from "./run-checks.ts";

export interface SmokeTestProps {
  /** Public URL of the API. */
  readonly url: URL;
  /** An allowed CORS origin. */
  readonly origin: string;
  readonly apiKey: string;
  /** The account that logs in: that of the pre-traffic test. */
  readonly readAccount: () => Promise<ProbeAccount>;
  readonly log: Logger;
  readonly clock: Clock;
}

/** Response of the function. */
export interface SmokeTestReport {
  readonly passed: boolean;
  readonly checks: readonly SmokeTestResult[];
}

/** A test that fails pages. The ticket of the alarm on the certificate is three weeks older then. */
const minCertificateDays = 7;

/**
 * Runs the smoke tests, and logs the result in one line with its metric. A test that
 * Lambda ended has no metric: the alarm treats both alike. Nothing is thrown, because the next test is a better one than a retry.
 */
export async function runScheduledSmokeTest(props: SmokeTestProps): Promise<SmokeTestReport> {
  const { url, origin, apiKey, readAccount, log, clock } = props;
  let checks: readonly SmokeTestResult[];
  try {
    checks = await runChecks({ url, origin, apiKey, account: await readAccount(), minCertificateDays });
  } catch (error) {
    checks = [{ check: "account", outcome: "failed", detail: (error as Error).message }];
  }
  const passed = checks.every(({ outcome }) => outcome === "passed");
  const metrics = embeddedMetrics(clock(), {
    SmokeTestsPassed: { unit: smokeTestMetrics.SmokeTestsPassed, value: Number(passed) },
  });
  if (passed) log.write("info", "smoke test passed", metrics);
  else log.write("error", "smoke test failed", { failures: describeFailures(checks), ...metrics });
  return { passed, checks };
}
