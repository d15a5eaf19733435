import type { DeployedEnvironment } from "../../service/contract.ts";
import { environments } from "../../stacks/environments/index.ts";
import { OperatorError } from "../cli/errors.ts";
import { formatTable } from "../cli/table.ts";
import { type FunctionStates, type ReleasedFunction, ReleaseFunctions, releasedFunctions } from "./functions.ts";
import { findCommit, formatChange, type LoggedEvent, type LoggedTrafficEvent, ReleaseLog } from "./release-log.ts";
import { findOlderReleases, type Release } from "./releases.ts";

export interface FunctionStatus {
  readonly function: ReleasedFunction;
  /** The versions that run; several while a deployment is in progress. */
  readonly versions: readonly number[];
  /** Base64 of the archive's SHA-256. */
  readonly sha256: string;
  /** In ISO 8601. */
  readonly publishedAt: string;
  /** @default a release shifted the traffic */
  readonly rolledBackFrom?: number;
}

export interface EnvironmentStatus {
  readonly environment: DeployedEnvironment;
  readonly functions: readonly FunctionStatus[];
  /** When the current release got its traffic, in ISO 8601. @default the release log has no entry */
  readonly since?: string;
  /** The commit that it was built from. @default the release log has no entry */
  readonly commit?: string;
  /** The releases to which a rollback can go, newest first. */
  readonly olderReleases: readonly Release[];
  /** The newest events, newest first. @default the release log could not be read */
  readonly history?: readonly LoggedEvent[];
  /** The newest events of `ops traffic`, newest first. @default the release log could not be read */
  readonly trafficHistory?: readonly LoggedTrafficEvent[];
}

/** Enough for years, at a release a week. */
const maxHistory = 200;

/** Limit of the human-readable output. */
const maxShownReleases = 5;

/**
 * The current release of each environment, and those to which a rollback can go. Each environment has its own account: the command
 * warns of those that the credentials cannot read.
 *
 * @param named @default all
 * @throws {OperatorError} if no environment could be read
 */
export async function getStatus(
  named: DeployedEnvironment | undefined,
  warn: (line: string) => void,
): Promise<EnvironmentStatus[]> {
  const names = named ? [named] : Object.keys(environments);
  const read = await Promise.allSettled(names.map((name) => getEnvironmentStatus(name, warn)));
  const known = read.filter((each) => each.status === "fulfilled").map(({ value }) => value);
  const unknown = read.filter((each) => each.status === "rejected").map(({ reason }) => reason as Error);
  if (known.length === 0) throw unknown[0];
  for (const { message } of unknown) warn(message);
  return known;
}

async function getEnvironmentStatus(
  environment: DeployedEnvironment,
  warn: (line: string) => void,
): Promise<EnvironmentStatus> {
  const states = await new ReleaseFunctions(environment).read();
  const log = new ReleaseLog(environment);
  const history = await log.tryRead(maxHistory, warn, "The status has no times and commits.");
  const trafficHistory =
    history && (await log.tryReadTraffic(maxHistory, warn, "The status lacks the events of `ops traffic`."));
  const functions = releasedFunctions.map((id) => toFunctionStatus(id, states));
  return {
    environment,
    functions,
    ...findArrival(functions, history ?? []),
    olderReleases: findOlderReleases(states).reverse(),
    ...(history && { history }),
    ...(trafficHistory && { trafficHistory }),
  };
}

/** What the log has about the current release. */
function findArrival(
  functions: readonly FunctionStatus[],
  history: readonly LoggedEvent[],
): Pick<EnvironmentStatus, "since" | "commit"> {
  const runs = (id: ReleasedFunction, version: number) =>
    functions.some((each) => each.function === id && each.versions.every((running) => running === version));
  const arrival = history.find(
    ({ event, shifts }) =>
      (event === "release succeeded" || event === "rollback succeeded") &&
      shifts.every((shift) => runs(shift.function, shift.to)),
  );
  const commit = arrival && findCommit(history, arrival.sha256);
  return { ...(arrival && { since: arrival.at }), ...(commit && { commit }) };
}

function toFunctionStatus(id: ReleasedFunction, states: FunctionStates): FunctionStatus {
  const { live, versions } = states[id];
  const { version, additionalVersions, rolledBackFrom } = live;
  const running = versions.find((each) => each.version === version);
  if (!running) {
    throw new OperatorError("live-version-missing", {
      what: `The release of ${id} is unknown.`,
      why: `Its alias live points to version ${version}, which does not exist.`,
      action: "Roll back to another version with --to.",
    });
  }
  return {
    function: id,
    versions: [version, ...additionalVersions],
    sha256: running.sha256,
    publishedAt: new Date(running.publishedAt).toISOString(),
    ...(rolledBackFrom !== undefined && { rolledBackFrom }),
  };
}

export const withoutHistory = ({ history: _, trafficHistory: _traffic, ...rest }: EnvironmentStatus) => rest;

/** @param isLong whether to list all events, not only the last one, and that of a traffic stop */
export function formatStatus(status: EnvironmentStatus, isLong: boolean): string[] {
  const { environment, functions, since, commit, olderReleases, history } = status;
  const archives = new Set(functions.map(({ sha256 }) => sha256));
  const isComplete = archives.size === 1 && functions.every(({ versions }) => versions.length === 1);
  const choices = olderReleases.slice(0, maxShownReleases).map(({ api, auth }) => `api ${api} with auth ${auth}`);
  return [
    environment,
    ...formatTable(functions.map(toFunctionRow)),
    ...(since ? [`  since ${since}, commit ${commit ?? "unknown"}`] : []),
    ...(isComplete ? [] : ["  A release or a rollback is in progress, or was interrupted: `rollback` ends it."]),
    `  can be rolled back to: ${choices.join("; ") || "nothing"}`,
    ...(history?.length === 0 ? ["  the release log is empty"] : []),
    ...selectEvents(status, isLong).map(formatEvent),
  ];
}

function selectEvents(
  { history = [], trafficHistory = [] }: EnvironmentStatus,
  isLong: boolean,
): (LoggedEvent | LoggedTrafficEvent)[] {
  if (isLong) return [...history, ...trafficHistory].sort((one, other) => (one.at < other.at ? 1 : -1));
  const isResumed = trafficHistory[0]?.event === "traffic resumed";
  return [...history.slice(0, 1), ...(isResumed ? [] : trafficHistory.slice(0, 1))];
}

function toFunctionRow(status: FunctionStatus): string[] {
  const { function: id, versions, sha256, publishedAt, rolledBackFrom } = status;
  const origin = rolledBackFrom === undefined ? "" : `, rolled back from ${rolledBackFrom}`;
  return [`  ${id}`, `version ${versions.join(" and ")}${origin}, archive ${sha256}, published ${publishedAt}`];
}

function formatEvent(logged: LoggedEvent | LoggedTrafficEvent): string {
  const { at, event, by } = logged;
  const changed =
    "changes" in logged
      ? logged.changes.map(formatChange)
      : logged.shifts.map(({ function: id, from, to }) => `${id} from ${from.join(" and ")} to ${to}`);
  const created = "createdIndexes" in logged ? (logged.createdIndexes ?? []) : [];
  const indexes = created.length > 0 ? `, created the indexes ${created.join(", ")}` : "";
  return `  ${at}  ${event}: ${changed.join(", ") || "nothing"}${indexes}, by ${by}`;
}
