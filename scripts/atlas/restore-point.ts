import { OperatorError } from "../cli/errors.ts";
import type { RestorePoint, Snapshot } from "./backups.ts";
import type { EnvironmentCluster } from "./clusters.ts";

/**
 * Checks a requested point, and resolves the snapshot `latest`.
 * @throws {OperatorError} if it cannot be restored, with the alternatives
 */
export async function choosePoint(
  source: EnvironmentCluster,
  requested: RestorePoint,
  now: number,
): Promise<RestorePoint> {
  if ("utcSeconds" in requested) {
    await checkPointInTime(source, requested.utcSeconds, now);
    return requested;
  }
  return { snapshotId: chooseSnapshot(await source.backups.listSnapshots(), requested.snapshotId).id };
}

/** Whether a job restores the requested point. `latest` matches any snapshot, as a newer one may exist since the job started. */
export const matchesRequest = (point: RestorePoint, requested: RestorePoint): boolean =>
  "utcSeconds" in requested
    ? "utcSeconds" in point && point.utcSeconds === requested.utcSeconds
    : "snapshotId" in point && ["latest", point.snapshotId].includes(requested.snapshotId);

function chooseSnapshot(snapshots: readonly Snapshot[], requested: string): Snapshot {
  const chosen = requested === "latest" ? findNewestCompleted(snapshots) : snapshots.find(({ id }) => id === requested);
  if (chosen?.state === "completed") return chosen;
  if (!chosen) {
    throw new OperatorError("atlas-snapshot-not-found", {
      what: `This cluster has no ${requested === "latest" ? "completed snapshot" : `snapshot ${requested}`}.`,
      why: "It has expired, or never existed.",
      action: "List the snapshots with `atlas snapshots`, or restore our own dump with `npm run ops -- restore`.",
    });
  }
  throw new OperatorError("atlas-snapshot-not-completed", {
    what: `The snapshot ${requested} is ${chosen.state}.`,
    why: "Atlas restores only completed snapshots.",
    action: "Choose another one from `atlas snapshots`. If this one is pending, you can also wait for it.",
  });
}

async function checkPointInTime(
  { backups, cluster }: EnvironmentCluster,
  utcSeconds: number,
  now: number,
): Promise<void> {
  if (utcSeconds * 1_000 > now) {
    throw new OperatorError("restore-time-in-future", {
      what: `${formatSeconds(utcSeconds)} is in the future.`,
      why: `It is ${new Date(now).toISOString()} now. A time that ends in Z is in UTC.`,
      action: "Correct the time.",
    });
  }
  if (cluster && !cluster.pitEnabled) {
    throw new OperatorError("point-in-time-restore-disabled", {
      what: "The cluster does not support point-in-time restores.",
      why: "Continuous cloud backup is disabled.",
      action: "Restore with --snapshot. Deploy `database`, which enables continuous cloud backup.",
    });
  }
  const [snapshots, schedule] = await Promise.all([
    backups.listSnapshots(),
    // A deleted cluster has no schedule.
    cluster ? backups.getSchedule() : undefined,
  ]);
  const window = computeRestoreWindow(snapshots, schedule?.restoreWindowDays, now);
  if (window && Date.parse(window.oldest) <= utcSeconds * 1_000) return;
  throw new OperatorError("restore-time-outside-window", {
    what: `${formatSeconds(utcSeconds)} cannot be restored.`,
    why: window ? `The point-in-time window starts at ${window.oldest}.` : "There is no snapshot before it.",
    action: window
      ? "Choose a later time, or a daily snapshot with --snapshot."
      : "Restore our own dump with `npm run ops -- restore`.",
  });
}

/** The point-in-time window. */
export interface RestoreWindow {
  readonly oldest: string;
  /** Approximate: Atlas's log is one or two minutes behind, and Atlas does not report how far. */
  readonly newest: string;
}

const isRestorable = ({ state, takenAt }: Snapshot): boolean => state === "completed" && takenAt !== undefined;

/** The newest snapshot that can be restored. */
export const findNewestCompleted = (snapshots: readonly Snapshot[]): Snapshot | undefined =>
  snapshots.findLast(isRestorable);

/**
 * The point-in-time window: from the oldest snapshot, but at most the schedule's number of days.
 *
 * @param snapshots oldest first
 * @param days retention of the log; undefined if Atlas does not report it
 * @returns undefined if there is no snapshot
 */
export function computeRestoreWindow(
  snapshots: readonly Snapshot[],
  days: number | undefined,
  now: number,
): RestoreWindow | undefined {
  const first = snapshots.find(isRestorable)?.takenAt;
  if (!first) return undefined;
  const logStart = days === undefined ? 0 : now - days * 86_400_000;
  return { oldest: new Date(Math.max(Date.parse(first), logStart)).toISOString(), newest: new Date(now).toISOString() };
}

/** A point, as a sentence calls it. */
export const formatPoint = (point: RestorePoint): string =>
  "snapshotId" in point ? `snapshot ${point.snapshotId}` : formatSeconds(point.utcSeconds);

const formatSeconds = (utcSeconds: number): string => new Date(utcSeconds * 1_000).toISOString().replace(".000Z", "Z");
