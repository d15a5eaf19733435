import type { Snapshot } from "./backups.ts";

/** The moments that can be restored. */
export interface RestoreWindow {
  readonly oldest: string;
  /** Atlas does not tell how far its log is behind: it may take a minute or two until a moment can be restored. */
  readonly newest: string;
}

/** The newest snapshot that can be restored. */
export const newestCompleted = (snapshots: readonly Snapshot[]): Snapshot | undefined =>
  snapshots.findLast(({ state, takenAt }) => state === "completed" && takenAt);

/**
 * Which moments can be restored: those of the schedule's last days that have a snapshot before them.
 *
 * @param snapshots oldest first
 * @param days how far back the log is kept; unknown when Atlas does not tell
 * @returns undefined if there is no snapshot
 */
export function restoreWindow(
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
