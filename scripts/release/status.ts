import { ConfigurationError } from "../../service/config.ts";
import { type DeployedEnvironment, deployedEnvironments } from "../../service/contract.ts";
import { describeAwsFailure } from "../aws/explain-failure.ts";
import { formatTable } from "../cli/table.ts";
import {
  type FunctionStates,
  type ReleasedFunction,
  ReleaseFunctions,
  releasedFunctions,
} from "./functions.ts";
import { findCommit, type LoggedEvent, ReleaseLog } from "./release-log.ts";
import { findOlderReleases, type Release } from "./releases.ts";

/** What runs as a function. */
export interface FunctionStatus {
  readonly function: ReleasedFunction;
  /** Several while a release goes on. */
  readonly versions: readonly number[];
  /** Base64 of the archive's SHA-256 sum. */
  readonly sha256: string;
  /** When the version was published, in ISO 8601. */
  readonly publishedAt: string;
  /** @default it was released */
  readonly rolledBackFrom?: number;
}

export interface EnvironmentStatus {
  readonly environment: DeployedEnvironment;
  readonly functions: readonly FunctionStatus[];
  /** When what runs got its requests, in ISO 8601, by the release log. @default the log does not say */
  readonly since?: string;
  /** The commit that it was built from, by the same log. @default the log does not say */
  readonly commit?: string;
  /** What it could be rolled back to, newest first. */
  readonly olderReleases: readonly Release[];
  /** The newest steps, newest first. @default the log could not be read */
  readonly history?: readonly LoggedEvent[];
}

/** Steps that are read: those of years, at a release a week. */
const maxHistory = 200;

/** Earlier releases that are shown to people. */
const maxShownReleases = 5;

/**
 * What runs, since when, and what it could be rolled back to. Each environment has an account of its own: without one that
 * is named, those that cannot be read say why.
 *
 * @param named @default all
 * @param warn hears what could not be read
 * @throws {ConfigurationError} if nothing could be read
 */
export async function getStatus(
  named: DeployedEnvironment | undefined,
  warn: (line: string) => void,
): Promise<EnvironmentStatus[]> {
  const names = named ? [named] : deployedEnvironments;
  const read = await Promise.allSettled(names.map((name) => getEnvironmentStatus(name, warn)));
  const known = read.filter((each) => each.status === "fulfilled").map(({ value }) => value);
  const unknown = read.filter((each) => each.status === "rejected").map(({ reason }) => reason as Error);
  if (known.length === 0) {
    throw new ConfigurationError(unknown.map(({ message }) => message).join("\n"), { cause: unknown[0] });
  }
  for (const { message } of unknown) warn(message);
  return known;
}

async function getEnvironmentStatus(
  environment: DeployedEnvironment,
  warn: (line: string) => void,
): Promise<EnvironmentStatus> {
  const states = await new ReleaseFunctions(environment).read();
  const history = await new ReleaseLog(environment).read(maxHistory).catch((error: unknown) => {
    warn(
      `Who released what in ${environment} is not known: ${describeAwsFailure("AWS CloudWatch Logs", error)}`,
    );
  });
  const functions = releasedFunctions.map((id) => toFunctionStatus(id, states));
  return {
    environment,
    functions,
    ...findArrival(functions, history ?? []),
    olderReleases: findOlderReleases(states).reverse(),
    ...(history && { history }),
  };
}

/** What the log knows of what runs, if that is one release. */
function findArrival(
  functions: readonly FunctionStatus[],
  history: readonly LoggedEvent[],
): Pick<EnvironmentStatus, "since" | "commit"> {
  const arrived = history.find(
    ({ event, shifts }) =>
      (event === "release done" || event === "rollback done") &&
      shifts.every((move) =>
        functions.some(
          ({ function: id, versions }) =>
            id === move.function && versions.length === 1 && versions[0] === move.to,
        ),
      ),
  );
  const commit = arrived && findCommit(history, arrived.sha256);
  return { ...(arrived && { since: arrived.at }), ...(commit && { commit }) };
}

function toFunctionStatus(id: ReleasedFunction, states: FunctionStates): FunctionStatus {
  const { live, versions } = states[id];
  const running = versions.find(({ version }) => version === live.version);
  if (!running) {
    throw new ConfigurationError(
      `The alias live of ${id} points to version ${live.version}, which does not exist. Roll back to another one ` +
        "with --to.",
    );
  }
  const { rolledBackFrom } = live;
  return {
    function: id,
    versions: [live.version, ...live.additionalVersions],
    sha256: running.sha256,
    publishedAt: new Date(running.publishedAt).toISOString(),
    ...(rolledBackFrom !== undefined && { rolledBackFrom }),
  };
}

/** What runs, without who did what. */
export const withoutHistory = ({ history: _, ...rest }: EnvironmentStatus) => rest;

/** @param isLong whether to tell of all steps, not of the last alone */
export function formatStatus(status: EnvironmentStatus, isLong: boolean): string[] {
  const { environment, functions, since, commit, olderReleases, history } = status;
  const archives = new Set(functions.map(({ sha256 }) => sha256));
  const isWhole = archives.size === 1 && functions.every(({ versions }) => versions.length === 1);
  const back = olderReleases.slice(0, maxShownReleases).map(formatRelease).join("; ");
  return [
    environment,
    ...formatTable(functions.map(toFunctionRow)),
    ...(since ? [`  since ${since}, commit ${commit ?? "not known"}`] : []),
    ...(isWhole ? [] : ["  A release or a rollback is under way, or was interrupted: `rollback` ends it."]),
    `  could be rolled back to: ${back || "nothing"}`,
    ...(history?.length === 0 ? ["  no step was noted yet"] : []),
    ...(history ?? []).slice(0, isLong ? maxHistory : 1).map(formatEvent),
  ];
}

function toFunctionRow(status: FunctionStatus): string[] {
  const { function: id, versions, sha256, publishedAt, rolledBackFrom } = status;
  const back = rolledBackFrom === undefined ? "" : `, rolled back from ${rolledBackFrom}`;
  return [`  ${id}`, `version ${versions.join(" and ")}${back}, archive ${sha256}, published ${publishedAt}`];
}

const formatRelease = ({ api, auth }: Release): string => `api ${api} with auth ${auth}`;

function formatEvent({ at, event, shifts, by }: LoggedEvent): string {
  const moved = shifts.map(({ function: id, from, to }) => `${id} from ${from.join(" and ")} to ${to}`);
  return `  ${at}  ${event}: ${moved.join(", ")}, by ${by}`;
}
