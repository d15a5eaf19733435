import { getOtherEuRegions } from "../backup/eu-regions.ts";

/** When snapshots are taken, and for how long they are kept. */
export interface AtlasBackupPolicy {
  /** Hours from one snapshot to the next: 1, 2, 4, 6, 8 or 12. */
  readonly everyHours: number;
  /** Days for which the snapshot of each day is kept; not below `pointInTimeDays`. */
  readonly dailyDays: number;
  /** Days back from now of which any moment can be restored; the snapshots between the daily ones are kept as long. */
  readonly pointInTimeDays: number;
  /** AWS's name of another region, which gets a copy of all. */
  readonly copyRegion: string;
}

/** @throws when Atlas does not know the policy for a cluster in that region, or the copy would not lie where it should */
export function checkPolicy(
  region: string,
  { everyHours, dailyDays, pointInTimeDays, copyRegion }: AtlasBackupPolicy,
): void {
  if (![1, 2, 4, 6, 8, 12].includes(everyHours)) {
    throw new Error(
      `The database is to be backed up every ${everyHours} hours. Atlas knows 1, 2, 4, 6, 8 and 12. Choose one of them.`,
    );
  }
  if (!Number.isInteger(pointInTimeDays) || pointInTimeDays < 1 || !(dailyDays >= pointInTimeDays)) {
    throw new Error(
      `Any moment of the last ${pointInTimeDays} days is to be restorable, and daily snapshots are kept ${dailyDays} ` +
        `days. Atlas takes whole days, at least one, and keeps daily snapshots no shorter. Choose more days for the ` +
        `daily snapshots, or fewer for any moment.`,
    );
  }
  const others = getOtherEuRegions(region);
  if (!others.includes(copyRegion)) {
    throw new Error(
      `The backups of the database in ${region} are to be copied to ${copyRegion}. The copy is for the day when ${region} ` +
        `fails, and the users' data stay in the European Union. Choose one of ${others.join(", ")}.`,
    );
  }
}
