import { OperatorError } from "../cli/errors.ts";
import type { FunctionStates, FunctionVersion, LiveAlias } from "./functions.ts";
import type { LoggedEvent } from "./release-log.ts";

/** Versions of both functions that run one archive. */
export interface Release {
  readonly api: number;
  readonly auth: number;
  /** Base64 of the archive's SHA-256. */
  readonly sha256: string;
}

/**
 * The releases that can run, oldest first. Lambda numbers the versions of each function separately, and several versions have the same
 * archive if only the settings changed. Those published nearest in time belong together.
 */
export function findReleases({ api, auth }: FunctionStates): Release[] {
  return api.versions.flatMap(({ version, sha256, publishedAt }) => {
    const distance = (other: FunctionVersion) => Math.abs(other.publishedAt - publishedAt);
    const [nearest] = auth.versions
      .filter((other) => other.sha256 === sha256)
      .sort((one, other) => distance(one) - distance(other) || other.version - one.version);
    return nearest ? [{ api: version, auth: nearest.version, sha256 }] : [];
  });
}

/**
 * The release that a rollback restores.
 *
 * During a deployment, or after an interruption, this is the older of the two that run. Otherwise it is the one that ran before,
 * according to the release log; without an entry, the newest older version with another archive. There is none if the current release
 * is the result of a rollback: a second rollback changes nothing.
 *
 * @param history events of the release log, newest first
 * @throws {OperatorError} if there is no older release
 */
export function findPreviousRelease(states: FunctionStates, history: readonly LoggedEvent[] = []): Release | undefined {
  const { api, auth } = states;
  const isOne = findOnlyArchive(states) !== undefined;
  const isRollback = (api.live.rolledBackFrom ?? auth.live.rolledBackFrom) !== undefined;
  if (isOne && (isRollback || wasRolledBack(states, history[0]))) return undefined;
  const previous = (isOne && findLoggedPredecessor(states, history)) || findOlderReleases(states).at(-1);
  if (previous) return previous;
  throw new OperatorError("previous-release-not-found", {
    what: "There is no release to roll back to.",
    why: "No older version of both functions has another archive.",
    action: `Fix the cause and release, or name a version with --to: ${formatChoices(findReleases(states))}.`,
  });
}

/** Whether the last release failed: the functions run what they ran before. */
const wasRolledBack = (states: FunctionStates, newest: LoggedEvent | undefined): boolean =>
  newest !== undefined &&
  ["release started", "release rolled back", "release failed"].includes(newest.event) &&
  newest.shifts.every((shift) => states[shift.function].live.version === shift.from[0]);

/** The release that ran before the current one, not one that was published later and failed. */
function findLoggedPredecessor(states: FunctionStates, history: readonly LoggedEvent[]): Release | undefined {
  const released = history.find(
    ({ event, shifts }) =>
      event === "release succeeded" && shifts.every((shift) => states[shift.function].live.version === shift.to),
  );
  return findReleases(states).findLast((release) =>
    released?.shifts.every((shift) => release[shift.function] === shift.from[0]),
  );
}

/** The releases to which a rollback can go, oldest first. */
export function findOlderReleases(states: FunctionStates): Release[] {
  const { api, auth } = states;
  const running = findOnlyArchive(states);
  return findReleases(states).filter(
    (release) =>
      release.api <= getOldestVersion(api.live) &&
      release.auth <= getOldestVersion(auth.live) &&
      release.sha256 !== running,
  );
}

/** The archive that both functions run; none if they run several. */
export function findOnlyArchive({ api, auth }: FunctionStates): string | undefined {
  const [one, other] = [api, auth].map(({ live, versions }) =>
    live.additionalVersions.length > 0 ? undefined : versions.find(({ version }) => version === live.version)?.sha256,
  );
  return one === other ? one : undefined;
}

/**
 * The release with a version of `api`.
 * @throws {OperatorError} if there is none
 */
export function findRelease(states: FunctionStates, version: number): Release {
  const releases = findReleases(states);
  const release = releases.find(({ api }) => api === version);
  if (release) return release;
  throw new OperatorError("release-not-found", {
    what: "No traffic was shifted.",
    why: `The function api has no version ${version}, or auth has none with the same archive.`,
    action: `Name another version with --to: ${formatChoices(releases)}.`,
  });
}

const getOldestVersion = ({ version, additionalVersions }: LiveAlias): number =>
  Math.min(version, ...additionalVersions);

/** Valid values of `--to`. */
export const formatChoices = (releases: readonly Release[]): string =>
  releases.map(({ api }) => api).join(", ") || "none, because the functions have no archive in common";
