import { join } from "node:path";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { type DeployedEnvironment, toNamePrefix } from "../../service/contract.ts";
import { environments, getEnvironment } from "../../stacks/environments/index.ts";
import type { Environment } from "../../stacks/environments.ts";
import { explainAwsFailure } from "../aws/explain-failure.ts";
import { withProfile } from "../aws/profile.ts";
import { createRequestLimits } from "../aws/request-limits.ts";
import { OperatorError } from "../cli/errors.ts";
import { findFiringAlarms } from "./alarms.ts";
import type { ReleaseArchives } from "./archive.ts";
import { checkProvenance, type StatedArchive } from "./check-provenance.ts";
import type { CommandOutput } from "./deploy-context.ts";
import { ReleaseFunctions } from "./functions.ts";
import { preTrafficFunctionId } from "./pre-traffic/contract.ts";
import { findCommit, ReleaseLog } from "./release-log.ts";
import { findOnlyArchive } from "./releases.ts";
import { type RollOutOptions, type RollOutOutput, rollOut } from "./roll-out.ts";
import { describeFailures } from "./smoke-test/run-checks.ts";
import { runSmokeTests } from "./smoke-tests.ts";
import { assertSame, compareWithBuilds, rebuildCommit } from "./verify-release.ts";

/** The repository's folder. */
const root = join(import.meta.dirname, "..", "..");

/** Options of `npm run ops -- promote`. */
export interface PromoteOptions extends Omit<RollOutOptions, "environment"> {
  /** The environment whose release is promoted. @default the only one with a `promotedTo` */
  readonly from?: DeployedEnvironment;
  /** Profile in the AWS configuration with credentials of its account. @default the prefix of its names */
  readonly fromProfile?: string;
  /** Address for its smoke tests. @default its domain name */
  readonly fromApi?: URL;
  /** Whether to build the archives again from their commits, and to compare the bytes. A dry run does not. @default true */
  readonly rebuild?: boolean;
}

/**
 * Releases the archive that an environment runs to the environment that it is promoted to, if the first one is healthy and the archive
 * comes from a commit of this checkout's history. It releases the bytes that the first environment runs, and no others.
 * @throws {OperatorError} like {@link rollOut}, {@link checkProvenance} and {@link assertSame}, or if the first environment is unhealthy
 */
export async function promote(
  { from, fromProfile, fromApi, rebuild = true, ...options }: PromoteOptions,
  output: RollOutOutput,
): Promise<void> {
  const { source, target } = choosePromotion(Object.values(environments), from);
  const profile = fromProfile ?? toNamePrefix(source);
  const preparations = [
    downloadRunningArchives(source, profile),
    assertNoFiringAlarms(source, profile),
    assertSmokeTestsPass(source, fromApi),
  ] as const;
  // No warning follows the error.
  await Promise.allSettled(preparations);
  const [archives] = await Promise.all(preparations);
  if (rebuild && !options.dryRun) await assertReproducible(archives, output);
  await rollOut({ environment: target, ...options }, archives, output);
}

/**
 * The environments of a promotion.
 * @param all the environments
 * @param from the one whose release is promoted. @default the only one with a `promotedTo`
 * @throws {OperatorError} if it is promoted to no other, or is not named although there are several
 */
export function choosePromotion(
  all: readonly Pick<Environment, "name" | "promotedTo">[],
  from?: DeployedEnvironment,
): { readonly source: DeployedEnvironment; readonly target: DeployedEnvironment } {
  const promotions = all.flatMap(({ name, promotedTo }) => (promotedTo ? [{ source: name, target: promotedTo }] : []));
  const [promotion, ...others] = promotions.filter(({ source }) => from === undefined || source === from);
  if (promotion && others.length === 0) return promotion;
  const possible = promotions.map(({ source, target }) => `--from ${source} (to ${target})`).join(", ") || "none";
  if (promotion) {
    throw new OperatorError("promotion-not-chosen", {
      what: "Nothing was promoted.",
      why: "More than one environment has a `promotedTo`.",
      action: `Name the one whose release is promoted: ${possible}.`,
    });
  }
  throw new OperatorError("promotion-impossible", {
    what: "Nothing was promoted.",
    why: from === undefined ? "No environment has a `promotedTo`." : `The environment ${from} has no \`promotedTo\`.`,
    action: `Promotions that are possible: ${possible}. To allow another, set \`promotedTo\` in stacks/environments/.`,
  });
}

/** The archive that gets all traffic of the source, and that of its pre-traffic hook. */
async function downloadRunningArchives(
  source: DeployedEnvironment,
  profile: string,
): Promise<Record<keyof ReleaseArchives, StatedArchive>> {
  const functions = new ReleaseFunctions(source, profile);
  const log = new ReleaseLog(source, profile);
  const [states, history, statements] = await Promise.all([
    functions.read("No traffic was shifted"),
    requireLog(source, log.read(100)),
    requireLog(source, log.readStatements()),
  ]);
  const sha256 = findOnlyArchive(states);
  const { live, versions } = states.api;
  const running = versions.find(({ version }) => version === live.version);
  if (sha256 === undefined || !running) {
    throw new OperatorError("promoted-release-incomplete", {
      what: "Nothing was promoted.",
      why: `The environment ${source} runs more than one archive at the moment.`,
      action: `Wait until its release has ended, or roll it back. \`npm run ops -- status --environment ${source}\` shows what it runs.`,
    });
  }
  const [service, preTraffic] = await Promise.all([
    functions.downloadArchive("api", running),
    functions.downloadArchive(preTrafficFunctionId),
  ]);
  const commit = findCommit(history, sha256);
  const origin = { environment: source, statements };
  return {
    service: await checkProvenance(root, service, { ...origin, name: "api and auth", ...(commit && { commit }) }),
    preTraffic: await checkProvenance(root, preTraffic, { ...origin, name: preTrafficFunctionId }),
  };
}

/** Without the release log of the source, the origin of its archives is unknown. */
function requireLog<Result>(source: DeployedEnvironment, call: Promise<Result>): Promise<Result> {
  return call.catch((error: unknown) => {
    const { why, action } = explainAwsFailure("AWS CloudWatch Logs", error);
    throw new OperatorError("provenance-unreadable", {
      what: `Nothing was promoted: the release log of ${source} could not be read.`,
      why,
      action,
      cause: error,
    });
  });
}

async function assertReproducible(
  { service, preTraffic }: Record<keyof ReleaseArchives, StatedArchive>,
  { log }: CommandOutput,
): Promise<void> {
  const archives = [
    { ...service, kind: "service", name: "api and auth" },
    { ...preTraffic, kind: "preTraffic", name: preTrafficFunctionId },
  ] as const;
  assertSame(await compareWithBuilds(archives, rebuildCommit, log), archives);
}

async function assertNoFiringAlarms(source: DeployedEnvironment, profile: string): Promise<void> {
  const { region } = getEnvironment(source);
  const cloudWatch = new CloudWatchClient({ region, ...withProfile(profile), requestHandler: createRequestLimits() });
  // Without the prefix, alarms of others would refuse a promotion.
  const query = { AlarmNamePrefix: `${toNamePrefix(source)}-` };
  const firing = await findFiringAlarms(cloudWatch, query).catch((error: unknown) => {
    const { why, action } = explainAwsFailure("AWS CloudWatch", error);
    throw new OperatorError("promoted-alarms-unknown", {
      what: `Nothing was promoted: the state of the alarms of ${source} is unknown.`,
      why,
      action,
      cause: error,
    });
  });
  if (firing.length === 0) return;
  throw new OperatorError("promoted-alarm-firing", {
    what: "Nothing was promoted.",
    why: `Alarms of ${source} are in ALARM: ${firing.join(", ")}.`,
    action: "Follow their runbooks (runbooks/README.md), and promote when all alarms are in OK.",
  });
}

async function assertSmokeTestsPass(source: DeployedEnvironment, api: URL | undefined): Promise<void> {
  const failures = describeFailures(await runSmokeTests(source, api, `${source.toUpperCase()}_HEALTH_`));
  if (!failures) return;
  throw new OperatorError("promoted-smoke-tests-failed", {
    what: `Nothing was promoted: the smoke tests of ${source} failed.`,
    why: failures,
    action: `Fix ${source} first.`,
  });
}
