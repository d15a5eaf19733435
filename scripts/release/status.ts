import { ConfigurationError } from "../../service/config.ts";
import { type DeployedEnvironment, deployedEnvironments } from "../../service/contract.ts";
import { awsReason } from "../aws/explain-failure.ts";
import { table } from "../cli/table.ts";
import {
  type FunctionStates,
  type ReleasedFunction,
  ReleaseFunctions,
  releasedFunctions,
} from "./functions.ts";
import { commitOf, type LoggedStep, ReleaseLog } from "./release-log.ts";
import { type Release, releasesBelow } from "./releases.ts";

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
  readonly earlier: readonly Release[];
  /** The newest steps, newest first. @default the log could not be read */
  readonly history?: readonly LoggedStep[];
}

/** Steps that are read: those of years, at a release a week. */
const longestHistory = 200;

/** Earlier releases that are shown to people. */
const shownReleases = 5;

/**
 * What runs, since when, and what it could be rolled back to. Each environment has an account of its own: without one that
 * is named, those that cannot be read say why.
 *
 * @param named @default all
 * @param warn hears what could not be read
 * @throws {ConfigurationError} if nothing could be read
 */
export async function status(
  named: DeployedEnvironment | undefined,
  warn: (line: string) => void,
): Promise<EnvironmentStatus[]> {
  const names = named ? [named] : deployedEnvironments;
  const read = await Promise.allSettled(names.map((name) => statusOf(name, warn)));
  const known = read.filter((each) => each.status === "fulfilled").map(({ value }) => value);
  const unknown = read.filter((each) => each.status === "rejected").map(({ reason }) => reason as Error);
  if (known.length === 0) {
    throw new ConfigurationError(unknown.map(({ message }) => message).join("\n"), { cause: unknown[0] });
  }
  for (const { message } of unknown) warn(message);
  return known;
}

async function statusOf(
  environment: DeployedEnvironment,
  warn: (line: string) => void,
): Promise<EnvironmentStatus> {
  const states = await new ReleaseFunctions(environment).read();
  const history = await new ReleaseLog(environment).read(longestHistory).catch((error: unknown) => {
    warn(`Who released what in ${environment} is not known: ${awsReason("AWS CloudWatch Logs", error)}`);
  });
  const functions = releasedFunctions.map((id) => functionStatus(id, states));
  return {
    environment,
    functions,
    ...loggedOf(functions, history ?? []),
    earlier: releasesBelow(states).reverse(),
    ...(history && { history }),
  };
}

/** What the log knows of what runs, if that is one release. */
function loggedOf(
  functions: readonly FunctionStatus[],
  history: readonly LoggedStep[],
): Pick<EnvironmentStatus, "since" | "commit"> {
  const arrived = history.find(
    ({ what, moves }) =>
      (what === "release done" || what === "rollback done") &&
      moves.every((move) =>
        functions.some(
          ({ function: id, versions }) =>
            id === move.function && versions.length === 1 && versions[0] === move.to,
        ),
      ),
  );
  const commit = arrived && commitOf(history, arrived.sha256);
  return { ...(arrived && { since: arrived.at }), ...(commit && { commit }) };
}

function functionStatus(id: ReleasedFunction, states: FunctionStates): FunctionStatus {
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
    versions: [live.version, ...live.others],
    sha256: running.sha256,
    publishedAt: new Date(running.publishedAt).toISOString(),
    ...(rolledBackFrom !== undefined && { rolledBackFrom }),
  };
}

/** What runs, without who did what. */
export const withoutHistory = ({ history: _, ...rest }: EnvironmentStatus) => rest;

/** @param isLong whether to tell of all steps, not of the last alone */
export function statusLines(status: EnvironmentStatus, isLong: boolean): string[] {
  const { environment, functions, since, commit, earlier, history } = status;
  const archives = new Set(functions.map(({ sha256 }) => sha256));
  const isWhole = archives.size === 1 && functions.every(({ versions }) => versions.length === 1);
  const back = earlier.slice(0, shownReleases).map(releaseName).join("; ");
  return [
    environment,
    ...table(functions.map(functionRow)),
    ...(since ? [`  since ${since}, commit ${commit ?? "not known"}`] : []),
    ...(isWhole ? [] : ["  A release or a rollback is under way, or was interrupted: `rollback` ends it."]),
    `  could be rolled back to: ${back || "nothing"}`,
    ...(history?.length === 0 ? ["  no step was noted yet"] : []),
    ...(history ?? []).slice(0, isLong ? longestHistory : 1).map(stepLine),
  ];
}

function functionRow(status: FunctionStatus): string[] {
  const { function: id, versions, sha256, publishedAt, rolledBackFrom } = status;
  const back = rolledBackFrom === undefined ? "" : `, rolled back from ${rolledBackFrom}`;
  return [`  ${id}`, `version ${versions.join(" and ")}${back}, archive ${sha256}, published ${publishedAt}`];
}

const releaseName = ({ api, auth }: Release): string => `api ${api} with auth ${auth}`;

function stepLine({ at, what, moves, by }: LoggedStep): string {
  const moved = moves.map(({ function: id, from, to }) => `${id} from ${from.join(" and ")} to ${to}`);
  return `  ${at}  ${what}: ${moved.join(", ")}, by ${by}`;
}
