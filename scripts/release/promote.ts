import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { environments } from "../../stacks/environments/index.ts";
import { explainAwsFailure } from "../aws/explain-failure.ts";
import { createRequestLimits } from "../aws/request-limits.ts";
import { OperatorError } from "../cli/errors.ts";
import { findFiringAlarms } from "./alarms.ts";
import type { ReleaseArchives } from "./archive.ts";
import type { CommandOutput } from "./deploy-context.ts";
import { ReleaseFunctions } from "./functions.ts";
import { preTrafficFunctionId } from "./pre-traffic/contract.ts";
import { findCommit, ReleaseLog } from "./release-log.ts";
import { findOnlyArchive } from "./releases.ts";
import { type RollOutOptions, type RollOutOutput, rollOut } from "./roll-out.ts";
import { describeFailures, runSmokeTests } from "./smoke-tests.ts";

/** Options of `npm run ops -- promote`. */
export interface PromoteOptions extends Omit<RollOutOptions, "environment"> {
  /** Profile in the AWS configuration with credentials of staging's account. */
  readonly stagingProfile: string;
  /** Address for staging's smoke tests. @default its domain name */
  readonly stagingApi?: URL;
}

/**
 * Releases to production the archive that staging runs, if staging is healthy. It builds nothing.
 * @throws {OperatorError} like {@link rollOut}, or if staging is unhealthy
 */
export async function promote(
  { stagingProfile, stagingApi, ...options }: PromoteOptions,
  output: RollOutOutput,
): Promise<void> {
  const [archives] = await Promise.all([
    downloadRunningArchives(stagingProfile, output),
    assertNoFiringAlarms(stagingProfile),
    assertSmokeTestsPass(stagingApi),
  ]);
  await rollOut({ environment: "production", ...options }, archives, "production", output);
}

/** The archive that gets all of staging's traffic, and that of its pre-traffic hook. */
async function downloadRunningArchives(profile: string, { warn }: CommandOutput): Promise<ReleaseArchives> {
  const functions = new ReleaseFunctions("staging", profile);
  const [states, history = []] = await Promise.all([
    functions.read(),
    new ReleaseLog("staging", profile).tryRead(100, warn, "Production's release log will not name the commit."),
  ]);
  const sha256 = findOnlyArchive(states);
  const { live, versions } = states.api;
  const running = versions.find(({ version }) => version === live.version);
  if (sha256 === undefined || !running) {
    throw new OperatorError("staging-release-incomplete", {
      what: "Nothing was promoted.",
      why: "Staging runs more than one archive at the moment.",
      action:
        "Wait until its release has ended, or roll it back. `npm run ops -- status --environment staging` shows what it runs.",
    });
  }
  const [service, preTraffic] = await Promise.all([
    functions.downloadArchive("api", running),
    functions.downloadArchive(preTrafficFunctionId),
  ]);
  const commit = findCommit(history, sha256);
  return { service: { ...service, ...(commit && { commit }) }, preTraffic };
}

async function assertNoFiringAlarms(profile: string): Promise<void> {
  const { region } = environments.staging;
  const cloudWatch = new CloudWatchClient({ region, profile, requestHandler: createRequestLimits() });
  // Without the prefix, alarms of others would refuse a promotion.
  const query = { AlarmNamePrefix: "ecobeat-staging-" };
  const firing = await findFiringAlarms(cloudWatch, query).catch((error: unknown) => {
    const { why, action } = explainAwsFailure("AWS CloudWatch", error);
    throw new OperatorError("staging-alarms-unknown", {
      what: "Nothing was promoted: the state of staging's alarms is unknown.",
      why,
      action,
      cause: error,
    });
  });
  if (firing.length === 0) return;
  throw new OperatorError("staging-alarm-firing", {
    what: "Nothing was promoted.",
    why: `Alarms of staging are in ALARM: ${firing.join(", ")}.`,
    action: "Follow their runbooks (runbooks/README.md), and promote when all alarms are in OK.",
  });
}

async function assertSmokeTestsPass(api: URL | undefined): Promise<void> {
  const failures = describeFailures(await runSmokeTests("staging", api, "STAGING_HEALTH_"));
  if (!failures) return;
  throw new OperatorError("staging-smoke-tests-failed", {
    what: "Nothing was promoted: the smoke tests of staging failed.",
    why: failures,
    action: "Fix staging first.",
  });
}
