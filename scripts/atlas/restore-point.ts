import { ConfigurationError } from "../../service/config.ts";
import type { RestorePoint, Snapshot } from "./backups.ts";
import type { BackedUpCluster } from "./clusters.ts";

/** What the operator asks for: a snapshot's id, `latest`, or a point in time. */
export type RequestedPoint = { readonly snapshot: string } | { readonly pointInTime: Date };

/**
 * The point to ask Atlas for.
 * @throws {ConfigurationError} if it cannot be restored, with what can be
 */
export async function choosePoint(
  source: BackedUpCluster,
  requested: RequestedPoint,
  now: number,
): Promise<RestorePoint> {
  if ("snapshot" in requested)
    return chooseSnapshot(await source.backups.listSnapshots(), requested.snapshot);
  return choosePointInTime(source, Math.floor(requested.pointInTime.getTime() / 1_000), now);
}

/** Whether a job restores what is requested; the newest snapshot may be another one now than when the job began. */
export function matchesRequest(point: RestorePoint, requested: RequestedPoint): boolean {
  if ("pointInTime" in requested) {
    return "utcSeconds" in point && point.utcSeconds === Math.floor(requested.pointInTime.getTime() / 1_000);
  }
  return (
    "snapshotId" in point && (requested.snapshot === "latest" || requested.snapshot === point.snapshotId)
  );
}

function chooseSnapshot(snapshots: readonly Snapshot[], requested: string): RestorePoint {
  const chosen =
    requested === "latest" ? findNewestCompleted(snapshots) : snapshots.find(({ id }) => id === requested);
  if (!chosen) {
    throw new ConfigurationError(
      `There is no ${requested === "latest" ? "completed snapshot" : `snapshot ${requested}`} of this cluster. It has expired, or never ` +
        "was. See what there is with `atlas snapshots`, or restore one of our own dumps with `npm run ops -- restore`.",
    );
  }
  if (chosen.state === "completed") return { snapshotId: chosen.id };
  throw new ConfigurationError(
    chosen.state === "failed"
      ? `The snapshot ${requested} has failed: there is nothing in it to restore. Choose another one, see \`atlas snapshots\`.`
      : `The snapshot ${requested} is not completed yet. Wait until \`atlas snapshots\` says so, or choose another one.`,
  );
}

async function choosePointInTime(
  { backups, cluster }: BackedUpCluster,
  utcSeconds: number,
  now: number,
): Promise<RestorePoint> {
  if (utcSeconds * 1_000 > now) {
    throw new ConfigurationError(
      `${formatSeconds(utcSeconds)} is in the future: it is ${new Date(now).toISOString()} now. Times are in UTC when they end in Z: ` +
        "correct the time.",
    );
  }
  if (cluster && !cluster.pitEnabled) {
    throw new ConfigurationError(
      "The cluster keeps no log between its snapshots, so no moment between them can be restored. Restore with --snapshot; " +
        "and deploy `database`, which turns the log on.",
    );
  }
  const [snapshots, schedule] = await Promise.all([
    backups.listSnapshots(),
    // A cluster that is gone has no schedule any more.
    cluster ? backups.getSchedule() : undefined,
  ]);
  const window = computeRestoreWindow(snapshots, schedule?.restoreWindowDays, now);
  if (window && Date.parse(window.oldest) <= utcSeconds * 1_000) return { utcSeconds };
  throw new ConfigurationError(
    `${formatSeconds(utcSeconds)} cannot be restored: ` +
      (window
        ? `only moments from ${window.oldest} on can. Choose a later one, or a daily snapshot with --snapshot.`
        : "there is no snapshot that it could begin with. Restore one of our own dumps with `npm run ops -- restore`."),
  );
}

/** The moments that can be restored. */
export interface RestoreWindow {
  readonly oldest: string;
  /** Atlas does not tell how far its log is behind: it may take a minute or two until a moment can be restored. */
  readonly newest: string;
}

/** The newest snapshot that can be restored. */
export const findNewestCompleted = (snapshots: readonly Snapshot[]): Snapshot | undefined =>
  snapshots.findLast(({ state, takenAt }) => state === "completed" && takenAt);

/**
 * Which moments can be restored: those of the schedule's last days that have a snapshot before them.
 *
 * @param snapshots oldest first
 * @param days how far back the log is kept; unknown when Atlas does not tell
 * @returns undefined if there is no snapshot
 */
export function computeRestoreWindow(
  snapshots: readonly Snapshot[],
  days: number | undefined,
  now: number,
): RestoreWindow | undefined {
  const first = snapshots.find(({ state, takenAt }) => state === "completed" && takenAt)?.takenAt;
  if (!first) return undefined;
  const kept = days === undefined ? 0 : now - days * 86_400_000;
  return {
    oldest: new Date(Math.max(Date.parse(first), kept)).toISOString(),
    newest: new Date(now).toISOString(),
  };
}

export const isSamePoint = (a: RestorePoint, b: RestorePoint): boolean =>
  "snapshotId" in a
    ? "snapshotId" in b && a.snapshotId === b.snapshotId
    : "utcSeconds" in b && a.utcSeconds === b.utcSeconds;

/** A point, as a sentence calls it. */
export const formatPoint = (point: RestorePoint): string =>
  "snapshotId" in point ? `snapshot ${point.snapshotId}` : formatSeconds(point.utcSeconds);

const formatSeconds = (utcSeconds: number): string =>
  new Date(utcSeconds * 1_000).toISOString().replace(".000Z", "Z");
