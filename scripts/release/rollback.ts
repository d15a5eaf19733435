import { ConfigurationError } from "../../service/config.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { environments } from "../../stacks/environments/index.ts";
import { describeAwsFailure } from "../aws/explain-failure.ts";
import { prompt } from "../cli/prompt.ts";
import type { CommandOutput } from "./deploy.ts";
import { Deployments } from "./deployments.ts";
import {
  type FunctionStates,
  type LiveAlias,
  type ReleasedFunction,
  ReleaseFunctions,
  releasedFunctions,
} from "./functions.ts";
import { addTargetVersions, findInProgressDeployments, stopDeployments } from "./in-progress-deployments.ts";
import { type LoggedEvent, type ReleaseEvent, ReleaseLog, type TrafficShift } from "./release-log.ts";
import { findPreviousRelease, findRelease, findReleases, formatChoices, type Release } from "./releases.ts";

/** What `npm run ops -- rollback` was told. */
export interface RollbackOptions {
  readonly environment: DeployedEnvironment;
  /** Version of `api`; `auth` takes the one with the same archive. @default the release before */
  readonly to?: number;
  /** Asks nothing. */
  readonly yes?: boolean;
  /** Says what it would do, and moves nothing. */
  readonly dryRun?: boolean;
}

/** Steps that are read of the release log: releases of a year. */
const historyLength = 100;

/** What a rollback does with one function. */
export interface RollbackShift {
  readonly function: ReleasedFunction;
  /** The version that served; several while a release goes on. */
  readonly from: readonly number[];
  readonly to: number;
  readonly outcome: "moved" | "would move" | "unchanged";
}

/** What a rollback did, as JSON has it. */
export interface RollbackResult {
  readonly environment: DeployedEnvironment;
  /** @default it was rolled back to already */
  readonly release: Release | null;
  readonly functions: readonly RollbackShift[];
}

/**
 * Puts a release back: all requests of both functions go to its versions at once. A function that is there already is left, so
 * that an interrupted rollback is ended by another one. A deployment that goes on is stopped first, if CodeDeploy answers.
 *
 * @param output hears how it goes
 * @throws {ConfigurationError} if there is nothing to go back to, nobody agreed, somebody else moved a function meanwhile, or
 * AWS refuses
 */
export async function rollback(options: RollbackOptions, output: CommandOutput): Promise<RollbackResult> {
  const { environment, to, yes, dryRun } = options;
  const functions = new ReleaseFunctions(environment);
  const deployments = new Deployments(environment);
  const [running, inProgress, history] = await Promise.all([
    functions.read(),
    findInProgressDeployments(deployments, output.warn),
    readHistory(environment, output.warn),
  ]);
  const states = addTargetVersions(running, inProgress);
  const release = to === undefined ? findPreviousRelease(states, history) : findRelease(states, to);
  const moves = release ? planShifts(release, states) : [];
  const due = moves.filter(({ outcome }) => outcome === "would move");
  if (due.length > 0 && !yes && !dryRun) await confirm(environment, moves);
  const isNoted = release && due.length > 0 && !dryRun;
  const note = isNoted
    ? createRecorder(environment, { shifts: due.map(toTrafficShift), sha256: release.sha256 }, output.warn)
    : undefined;
  await note?.("rollback begun");
  const isStopped = due.length > 0 && !dryRun && (inProgress.api ?? inProgress.auth) !== undefined;
  const done: RollbackShift[] = [];
  try {
    if (isStopped) await stopDeployments(deployments, inProgress, output.warn);
    for (const move of moves) {
      const { live } = states[move.function];
      // Stopping a deployment has changed the alias.
      const { revisionId } = isStopped ? await functions.getLiveAlias(move.function) : live;
      done.push(dryRun ? move : await applyShift(functions, move, { ...live, revisionId }));
      output.log(formatShift(done.at(-1)!));
    }
  } catch (error) {
    await note?.("rollback stopped");
    throw error;
  }
  await note?.("rollback done");
  output.log(formatSummary(environment, states, release, done));
  return { environment, release: release ?? null, functions: done };
}

/** What was done before; nothing, if the log does not say so soon. */
function readHistory(environment: DeployedEnvironment, warn: (line: string) => void): Promise<LoggedEvent[]> {
  return new ReleaseLog(environment).read(historyLength).catch((error: unknown) => {
    warn(
      `What was released before is not known: ${describeAwsFailure("AWS CloudWatch Logs", error)} The rollback goes on by the versions.`,
    );
    return [];
  });
}

/** Writes steps to the release log. One that cannot be written stops no rollback. */
function createRecorder(
  environment: DeployedEnvironment,
  entry: Omit<ReleaseEvent, "event">,
  warn: (line: string) => void,
): (step: ReleaseEvent["event"]) => Promise<void> {
  const log = new ReleaseLog(environment);
  return (step) =>
    log.append({ event: step, ...entry }).catch((error: unknown) => {
      warn(
        `The release log has no line "${step}": ${describeAwsFailure("AWS CloudWatch Logs", error)} The rollback goes on; tell the ` +
          "incident channel what you did.",
      );
    });
}

const toTrafficShift = ({ function: id, from, to }: RollbackShift): TrafficShift => ({
  function: id,
  from,
  to,
});

async function applyShift(
  functions: ReleaseFunctions,
  move: RollbackShift,
  live: LiveAlias,
): Promise<RollbackShift> {
  if (move.outcome === "unchanged") return move;
  await functions.rollBack(move.function, live, move.to);
  return { ...move, outcome: "moved" };
}

function planShifts(release: Release, states: FunctionStates): RollbackShift[] {
  return releasedFunctions.map((id) => {
    const { live } = states[id];
    const isThere = live.version === release[id] && live.additionalVersions.length === 0;
    return {
      function: id,
      from: getServingVersions(live),
      to: release[id],
      outcome: isThere ? "unchanged" : "would move",
    };
  });
}

async function confirm(environment: DeployedEnvironment, moves: readonly RollbackShift[]): Promise<void> {
  const typed = await prompt(
    `${moves.map(formatShift).join("\n")}\nThis moves all requests of ${environment}. Type yes to go on: `,
  );
  if (typed === "yes") return;
  throw new ConfigurationError(
    `Nothing was moved: ${typed ? `${typed} was typed` : "nobody typed yes"}. Type yes, or give --yes in scripts.`,
  );
}

function formatShift({ function: id, from, to, outcome }: RollbackShift): string {
  return outcome === "unchanged"
    ? `${id}: is at ${to} already`
    : `${id}: ${outcome} from ${from.join(" and ")} to ${to}`;
}

function formatSummary(
  environment: DeployedEnvironment,
  states: FunctionStates,
  release: Release | undefined,
  moves: readonly RollbackShift[],
): string {
  if (!release) {
    const { version } = states.api.live;
    const others = findReleases(states).filter(({ api }) => api !== version);
    return (
      `Nothing was moved: version ${version} of api was rolled back to already. To go further back, or forward again, name a ` +
      `version with --to: ${formatChoices(others)}.`
    );
  }
  const lines = [`archive: ${release.sha256}`];
  const moved = moves.filter(({ outcome }) => outcome === "moved").map(({ function: id }) => id);
  if (moved.length > 0) lines.push("Requests that are under way end on the version they began on.");
  if (moved.includes("auth") && environments[environment].functions.provisionedConcurrency) {
    lines.push(
      "auth has environments that are kept ready: it goes on with the version before until those of the other one are, a minute " +
        "or two. runbooks/roll-back-release.md says how to see it, and how to not wait.",
    );
  }
  return lines.join("\n");
}

const getServingVersions = ({ version, additionalVersions }: LiveAlias): number[] => [
  version,
  ...additionalVersions,
];
