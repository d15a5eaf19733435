import { ConfigurationError } from "../../service/config.ts";
import type { FunctionStates, LiveAlias } from "./functions.ts";
import type { LoggedEvent } from "./release-log.ts";

/** Versions of both functions that run one archive. */
export interface Release {
  readonly api: number;
  readonly auth: number;
  /** Base64 of the archive's SHA-256 sum. */
  readonly sha256: string;
}

/**
 * The releases that can run, oldest first. The functions count their versions each by itself, and have several of one archive
 * when their settings changed: those published nearest in time belong together.
 */
export function findReleases({ api, auth }: FunctionStates): Release[] {
  return api.versions.flatMap(({ version, sha256, publishedAt }) => {
    const distance = (other: { publishedAt: number }) => Math.abs(other.publishedAt - publishedAt);
    const nearest = auth.versions
      .filter((other) => other.sha256 === sha256)
      .reduce<(typeof auth.versions)[number] | undefined>(
        (best, other) => (best && distance(best) < distance(other) ? best : other),
        undefined,
      );
    return nearest ? [{ api: version, auth: nearest.version, sha256 }] : [];
  });
}

/**
 * The release that a rollback puts back.
 *
 * While a release goes on, or after one or a rollback that was interrupted, it is the older of what runs. Else it is the one
 * that ran before, by the release log; where that does not say, the newest below what runs that has another archive. It is none, if
 * what runs was put back already: run again, a rollback does nothing more.
 *
 * @param history lines of the release log, newest first
 * @throws {ConfigurationError} if there is nothing older
 */
export function findPreviousRelease(
  states: FunctionStates,
  history: readonly LoggedEvent[] = [],
): Release | undefined {
  const { api, auth } = states;
  const isOne = findOnlyArchive(states) !== undefined;
  const isBack = (api.live.rolledBackFrom ?? auth.live.rolledBackFrom) !== undefined;
  if (isOne && (isBack || wasRolledBack(states, history[0]))) return undefined;
  const previous = (isOne && findLoggedPredecessor(states, history)) || findOlderReleases(states).at(-1);
  if (previous) return previous;
  throw new ConfigurationError(
    "There is nothing to roll back to: no older version of both functions has another archive. Correct the mistake and release " +
      `that, or name a version with --to: ${formatChoices(findReleases(states))}.`,
  );
}

/** Whether the last release did not stay: what runs is what it began from. */
const wasRolledBack = (states: FunctionStates, newest: LoggedEvent | undefined): boolean =>
  newest !== undefined &&
  ["release begun", "release put back", "release stopped"].includes(newest.event) &&
  newest.shifts.every((move) => states[move.function].live.version === move.from[0]);

/** What ran before what runs was released. A version that was published later, and never stayed, is none. */
function findLoggedPredecessor(states: FunctionStates, history: readonly LoggedEvent[]): Release | undefined {
  const released = history.find(
    ({ event, shifts }) =>
      event === "release done" && shifts.every((move) => states[move.function].live.version === move.to),
  );
  return findReleases(states).findLast((release) =>
    released?.shifts.every((move) => release[move.function] === move.from[0]),
  );
}

/** The releases that what runs can be rolled back to, oldest first. */
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

/** The archive that both functions run; none while they run several. */
function findOnlyArchive({ api, auth }: FunctionStates): string | undefined {
  const [one, other] = [api, auth].map(({ live, versions }) =>
    live.additionalVersions.length > 0
      ? undefined
      : versions.find(({ version }) => version === live.version)?.sha256,
  );
  return one === other ? one : undefined;
}

/**
 * The release with a version of `api`.
 * @throws {ConfigurationError} if there is none
 */
export function findRelease(states: FunctionStates, version: number): Release {
  const releases = findReleases(states);
  const named = releases.find(({ api }) => api === version);
  if (named) return named;
  throw new ConfigurationError(
    `Nothing was moved: there is no version ${version} of api, or auth has none with its archive. Choose one of ` +
      `${formatChoices(releases)}.`,
  );
}

const getOldestVersion = ({ version, additionalVersions }: LiveAlias): number =>
  Math.min(version, ...additionalVersions);

/** What `--to` can be, for people. */
export function formatChoices(releases: readonly Release[]): string {
  return releases.map(({ api }) => api).join(", ") || "none, as both functions share no archive";
}
