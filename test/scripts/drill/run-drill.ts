import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { LocalEnvironment } from "../../../scripts/drill/local-environment.ts";
import { getLocalServices } from "../../../scripts/drill/local-services.ts";
import type { DrillReport } from "../../../scripts/drill/report.ts";
import { type RunOptions, runScenario, type Scenario } from "../../../scripts/drill/run-scenario.ts";

/** A service that drills need and that is not configured. */
export const missingService = ["MONGODB_URI", "REDIS_URL", "AWS_ENDPOINT_URL"].find((name) => !process.env[name]);

/** Commands of runbooks need the AWS CLI. */
export const canRunRunbooks = missingService === undefined && spawnSync("aws", ["--version"]).status === 0;

/** Installs an `aws` in a folder that reports this account, and passes all other commands on. */
export const signIn = (folder: string, accountId: string): Promise<void> =>
  writeFile(
    join(folder, "aws"),
    `#!/bin/sh\nif [ "$1" = sts ]; then echo ${accountId}; else PATH="${process.env.PATH}" exec aws "$@"; fi\n`,
    { mode: 0o755 },
  );

/** Runs a scenario on a small database. */
export const runDrill = (scenario: Scenario, options: Partial<RunOptions> = {}): Promise<DrillReport> =>
  runScenario(scenario, {
    open: () => LocalEnvironment.build(getLocalServices(process.env)),
    documents: 250,
    writeSeconds: 1,
    outageSeconds: 5,
    targets: { rtoSeconds: 900, rpoSeconds: 4 * 3_600 },
    onPhase: () => {},
    signal: new AbortController().signal,
    ...options,
  });

export const getFailedChecks = ({ checks }: DrillReport): string[] =>
  checks.filter(({ passed }) => !passed).map(({ name }) => name);

export function expectPassed(report: DrillReport): void {
  expect(report.failure).to.equal(null);
  expect(getFailedChecks(report)).to.deep.equal([]);
  expect(report.passed).to.equal(true);
}
