import { ConfigurationError } from "../../service/config.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { environments } from "../../stacks/environments.ts";
import { awsReason } from "../aws/explain-failure.ts";
import { ask } from "../cli/prompt.ts";
import type { Output } from "./deploy.ts";
import { Deployments } from "./deployments.ts";
import {
  type FunctionStates,
  type LiveAlias,
  type ReleasedFunction,
  ReleaseFunctions,
  releasedFunctions,
} from "./functions.ts";
import { knownInProgress, stopDeployments, withTargets } from "./in-progress-deployments.ts";
import { type LoggedMove, type LoggedStep, ReleaseLog, type ReleaseStep } from "./release-log.ts";
import { choices, namedRelease, previousRelease, type Release, releasesOf } from "./releases.ts";

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
const readSteps = 100;

/** What a rollback does with one function. */
export interface Move {
  readonly function: ReleasedFunction;
  /** The version that served; several while a release goes on. */
  readonly from: readonly number[];
  readonly to: number;
  readonly outcome: "moved" | "would move" | "unchanged";
}

/** What a rollback did, as JSON has it. */
export interface Rollback {
  readonly environment: DeployedEnvironment;
  /** @default it was rolled back to already */
  readonly release: Release | null;
  readonly functions: readonly Move[];
}

/**
 * Puts a release back: all requests of both functions go to its versions at once. A function that is there already is left, so
 * that an interrupted rollback is ended by another one. A deployment that goes on is stopped first, if CodeDeploy answers.
 *
 * @param output hears how it goes
 * @throws {ConfigurationError} if there is nothing to go back to, nobody agreed, somebody else moved a function meanwhile, or
 * AWS refuses
 */
export async function rollback(options: RollbackOptions, output: Output): Promise<Rollback> {
  const { environment, to, yes, dryRun } = options;
  const functions = new ReleaseFunctions(environment);
  const deployments = new Deployments(environment);
  const [running, inProgress, history] = await Promise.all([
    functions.read(),
    knownInProgress(deployments, output.warn),
    readHistory(environment, output.warn),
  ]);
  const states = withTargets(running, inProgress);
  const release = to === undefined ? previousRelease(states, history) : namedRelease(states, to);
  const moves = release ? movesTo(release, states) : [];
  const due = moves.filter(({ outcome }) => outcome === "would move");
  if (due.length > 0 && !yes && !dryRun) await confirm(environment, moves);
  const isNoted = release && due.length > 0 && !dryRun;
  const note = isNoted
    ? noting(environment, { moves: due.map(logged), sha256: release.sha256 }, output.warn)
    : undefined;
  await note?.("rollback begun");
  const isStopped = due.length > 0 && !dryRun && (inProgress.api ?? inProgress.auth) !== undefined;
  const done: Move[] = [];
  try {
    if (isStopped) await stopDeployments(deployments, inProgress, output.warn);
    for (const move of moves) {
      const { live } = states[move.function];
      // Stopping a deployment has changed the alias.
      const { revision } = isStopped ? await functions.live(move.function) : live;
      done.push(dryRun ? move : await carryOut(functions, move, { ...live, revision }));
      output.log(moveLine(done.at(-1)!));
    }
  } catch (error) {
    await note?.("rollback stopped");
    throw error;
  }
  await note?.("rollback done");
  output.log(closingLine(environment, states, release, done));
  return { environment, release: release ?? null, functions: done };
}

/** What was done before; nothing, if the log does not say so soon. */
function readHistory(environment: DeployedEnvironment, warn: (line: string) => void): Promise<LoggedStep[]> {
  return new ReleaseLog(environment).read(readSteps).catch((error: unknown) => {
    warn(
      `What was released before is not known: ${awsReason("AWS CloudWatch Logs", error)} The rollback goes on by the versions.`,
    );
    return [];
  });
}

/** Writes steps to the release log. One that cannot be written stops no rollback. */
function noting(
  environment: DeployedEnvironment,
  what: Omit<ReleaseStep, "what">,
  warn: (line: string) => void,
): (step: ReleaseStep["what"]) => Promise<void> {
  const log = new ReleaseLog(environment);
  return (step) =>
    log.append({ what: step, ...what }).catch((error: unknown) => {
      warn(
        `The release log has no line "${step}": ${awsReason("AWS CloudWatch Logs", error)} The rollback goes on; tell the ` +
          "incident channel what you did.",
      );
    });
}

const logged = ({ function: id, from, to }: Move): LoggedMove => ({ function: id, from, to });

async function carryOut(functions: ReleaseFunctions, move: Move, live: LiveAlias): Promise<Move> {
  if (move.outcome === "unchanged") return move;
  await functions.rollBack(move.function, live, move.to);
  return { ...move, outcome: "moved" };
}

function movesTo(release: Release, states: FunctionStates): Move[] {
  return releasedFunctions.map((id) => {
    const { live } = states[id];
    const isThere = live.version === release[id] && live.others.length === 0;
    return {
      function: id,
      from: serving(live),
      to: release[id],
      outcome: isThere ? "unchanged" : "would move",
    };
  });
}

async function confirm(environment: DeployedEnvironment, moves: readonly Move[]): Promise<void> {
  const typed = await ask(
    `${moves.map(moveLine).join("\n")}\nThis moves all requests of ${environment}. Type yes to go on: `,
  );
  if (typed === "yes") return;
  throw new ConfigurationError(
    `Nothing was moved: ${typed ? `${typed} was typed` : "nobody typed yes"}. Type yes, or give --yes in scripts.`,
  );
}

function moveLine({ function: id, from, to, outcome }: Move): string {
  return outcome === "unchanged"
    ? `${id}: is at ${to} already`
    : `${id}: ${outcome} from ${from.join(" and ")} to ${to}`;
}

function closingLine(
  environment: DeployedEnvironment,
  states: FunctionStates,
  release: Release | undefined,
  moves: readonly Move[],
): string {
  if (!release) {
    const { version } = states.api.live;
    const others = releasesOf(states).filter(({ api }) => api !== version);
    return (
      `Nothing was moved: version ${version} of api was rolled back to already. To go further back, or forward again, name a ` +
      `version with --to: ${choices(others)}.`
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

const serving = ({ version, others }: LiveAlias): number[] => [version, ...others];
