import type { AdvancedCluster } from "@cdktf/provider-mongodbatlas/lib/advanced-cluster/index.js";
import { CloudBackupSchedule } from "@cdktf/provider-mongodbatlas/lib/cloud-backup-schedule/index.js";
import { Construct } from "constructs";
import { otherRegionsInTheUnion } from "../backup/european-regions.ts";
import { atlasRegion } from "./atlas-region.ts";

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

export interface AtlasBackupsProps {
  readonly cluster: AdvancedCluster;
  /** AWS's name of the cluster's region. */
  readonly region: string;
  readonly policy: AtlasBackupPolicy;
}

/**
 * Snapshots of a replica set that has backups and point-in-time restore on, with a copy of each, and of the log between
 * them, in another region. Billed by the gigabyte and month, in both regions, and by the gigabyte copied.
 */
export class AtlasBackups extends Construct {
  constructor(scope: Construct, id: string, props: AtlasBackupsProps) {
    super(scope, id);
    checkPolicy(props);
    const { cluster, policy } = props;
    const keptFor = (days: number) => ({ retentionUnit: "days", retentionValue: days });

    new CloudBackupSchedule(this, "schedule", {
      projectId: cluster.projectId,
      clusterName: cluster.name,
      // In the night of those who use it.
      referenceHourOfDay: 1,
      referenceMinuteOfHour: 30,
      restoreWindowDays: policy.pointInTimeDays,
      policyItemHourly: { frequencyInterval: policy.everyHours, ...keptFor(policy.pointInTimeDays) },
      policyItemDaily: { frequencyInterval: 1, ...keptFor(policy.dailyDays) },
      // Atlas keeps what is rarer at least as long as what is more frequent, and these at least 7 and 31 days. What users
      // delete shall be gone, so no longer than that, and none for a year:
      // https://registry.terraform.io/providers/mongodb/mongodbatlas/1.41.1/docs/resources/cloud_backup_schedule
      policyItemWeekly: [{ frequencyInterval: 7, ...keptFor(Math.max(policy.dailyDays, 7)) }],
      policyItemMonthly: [{ frequencyInterval: 1, ...keptFor(Math.max(policy.dailyDays, 31)) }],
      copySettings: [
        {
          cloudProvider: "AWS",
          regionName: atlasRegion(policy.copyRegion),
          zoneId: cluster.replicationSpecs.get(0).zoneId,
          frequencies: ["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "ON_DEMAND"],
          shouldCopyOplogs: true,
        },
      ],
    });
  }
}

function checkPolicy({ region, policy }: AtlasBackupsProps): void {
  const { everyHours, dailyDays, pointInTimeDays, copyRegion } = policy;
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
  const others = otherRegionsInTheUnion(region);
  if (!others.includes(copyRegion)) {
    throw new Error(
      `The backups of the database in ${region} are to be copied to ${copyRegion}. The copy is for the day when ${region} ` +
        `fails, and the users' data stay in the European Union. Choose one of ${others.join(", ")}.`,
    );
  }
}
