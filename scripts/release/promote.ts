import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { ConfigurationError } from "../../service/config.ts";
import { environments } from "../../stacks/environments/index.ts";
import { describeAwsFailure } from "../aws/explain-failure.ts";
import { createRequestLimits } from "../aws/request-limits.ts";
import type { ReleaseArchive } from "./archive.ts";
import type { CommandOutput } from "./deploy.ts";
import { ReleaseFunctions, releasedFunctions } from "./functions.ts";
import { findCommit, ReleaseLog } from "./release-log.ts";
import { type RollOutOptions, type RollOutOutput, rollOut } from "./roll-out.ts";
import { runSmokeTests } from "./smoke-tests.ts";

/** What `npm run ops -- promote` was told. */
export interface PromoteOptions extends Omit<RollOutOptions, "environment"> {
  /** Of AWS's configuration: credentials of staging's account. */
  readonly stagingProfile: string;
  /** Where staging's API is looked at. @default its public name */
  readonly stagingApi?: URL;
}

/**
 * Releases to production the very archive that staging runs, if nothing is wrong there. Nothing is built.
 * @throws {ConfigurationError} as {@link rollOut}, or if staging is not well
 */
export async function promote(
  { stagingProfile, stagingApi, ...options }: PromoteOptions,
  output: RollOutOutput,
): Promise<void> {
  const [archive] = await Promise.all([
    downloadRunningArchive(stagingProfile, output),
    assertNoFiringAlarms(stagingProfile),
    assertSmokeTestsPass(stagingApi),
  ]);
  await rollOut({ environment: "production", ...options }, archive, "production", output);
}

/** The archive that all of staging's requests go to. */
async function downloadRunningArchive(profile: string, { warn }: CommandOutput): Promise<ReleaseArchive> {
  const functions = new ReleaseFunctions("staging", profile);
  const [states, commit] = await Promise.all([functions.read(), loadCommits(profile, warn)]);
  const running = releasedFunctions.map((id) =>
    states[id].versions.find(({ version }) => version === states[id].live.version),
  );
  const [api, auth] = running;
  const isOne = releasedFunctions.every((id) => states[id].live.additionalVersions.length === 0);
  if (!isOne || !api || api.sha256 !== auth?.sha256) {
    throw new ConfigurationError(
      "Nothing was promoted: staging runs no single release just now. `npm run ops -- status --environment staging` shows what it runs; " +
        "wait until its release has ended, or roll it back.",
    );
  }
  const archive = await functions.downloadArchive("api", api);
  const known = commit(archive.sha256);
  return { ...archive, ...(known && { commit: known }) };
}

/** Staging's release log knows the commit of an archive; without the log, nobody does. */
async function loadCommits(
  profile: string,
  warn: (line: string) => void,
): Promise<(sha256: string) => string | undefined> {
  const history = await new ReleaseLog("staging", profile).read(100).catch((error: unknown) => {
    warn(
      `The commit is not known, and is missing in production's release log: ${describeAwsFailure("AWS CloudWatch Logs", error)}`,
    );
    return [];
  });
  return (sha256) => findCommit(history, sha256);
}

async function assertNoFiringAlarms(profile: string): Promise<void> {
  const ringing = await findFiringAlarms(profile).catch((error: unknown) => {
    throw new ConfigurationError(
      `Nothing was promoted: whether an alarm of staging rings is not known. ${describeAwsFailure("AWS CloudWatch", error)}`,
      { cause: error },
    );
  });
  if (ringing.length === 0) return;
  throw new ConfigurationError(
    `Nothing was promoted: in staging, ${ringing.join(", ")} ${ringing.length === 1 ? "rings" : "ring"}. runbooks/README.md says what ` +
      "to do; promote when it is quiet.",
  );
}

/** Names of staging's alarms that ring. @throws an error of the SDK, if AWS refuses */
async function findFiringAlarms(profile: string): Promise<string[]> {
  const cloudWatch = new CloudWatchClient({
    region: environments.staging.region,
    profile,
    requestHandler: createRequestLimits(),
  });
  // One answer holds 100: as many as are worth telling.
  const { MetricAlarms = [] } = await cloudWatch.send(
    new DescribeAlarmsCommand({ StateValue: "ALARM", MaxRecords: 100 }),
  );
  return MetricAlarms.map(({ AlarmName }) => AlarmName!).filter((name) =>
    name.startsWith("ecobeat-staging-"),
  );
}

async function assertSmokeTestsPass(api: URL | undefined): Promise<void> {
  const findings = await runSmokeTests("staging", api, "STAGING_HEALTH_");
  const failed = findings.filter(({ outcome }) => outcome === "failed");
  if (failed.length === 0) return;
  throw new ConfigurationError(
    `Nothing was promoted: staging is not well from outside: ${failed.map(({ check, detail }) => `${check}: ${detail}`).join("; ")}. ` +
      "Correct that first.",
  );
}
