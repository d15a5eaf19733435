import type { AdvancedCluster } from "@cdktf/provider-mongodbatlas/lib/advanced-cluster/index.js";
import { CloudBackupSchedule } from "@cdktf/provider-mongodbatlas/lib/cloud-backup-schedule/index.js";
import { Construct } from "constructs";
import type { AtlasBackupPolicy } from "../../environment-database.ts";
import { toAtlasRegion } from "./atlas-region.ts";

export interface AtlasBackupsProps {
  readonly cluster: AdvancedCluster;
  readonly policy: AtlasBackupPolicy;
  /** Atlas's id of the bucket that it exports snapshots to, as often as the policy says. @default it exports none */
  readonly exportBucketId?: string | undefined;
}

/**
 * Snapshots of a replica set with continuous backup, copied with the oplog to another region. Billed by the gigabyte and month,
 * in both regions, and by the gigabyte copied.
 *
 * @example
 * new AtlasBackups(this, "backups", {
 *   cluster, policy: { everyHours: 4, dailyDays: 30, pointInTimeDays: 7, copyRegion: "eu-central-1" },
 * });
 */
export class AtlasBackups extends Construct {
  constructor(scope: Construct, id: string, props: AtlasBackupsProps) {
    super(scope, id);
    const { cluster, policy, exportBucketId } = props;
    const { exportFrequency: frequencyType } = policy;
    const retention = (days: number) => ({ retentionUnit: "days", retentionValue: days });

    new CloudBackupSchedule(this, "schedule", {
      projectId: cluster.projectId,
      clusterName: cluster.name,
      // In the users' night.
      referenceHourOfDay: 1,
      referenceMinuteOfHour: 30,
      restoreWindowDays: policy.pointInTimeDays,
      // Once it is on, only an explicit `false` turns it off: https://github.com/mongodb/terraform-provider-mongodbatlas/pull/3077
      autoExportEnabled: exportBucketId !== undefined,
      ...(exportBucketId && frequencyType && { export: { exportBucketId, frequencyType } }),
      policyItemHourly: { frequencyInterval: policy.everyHours, ...retention(policy.pointInTimeDays) },
      policyItemDaily: { frequencyInterval: 1, ...retention(policy.dailyDays) },
      // Atlas requires a less frequent snapshot to be kept at least as long as a more frequent one, and these at least 7 and 31
      // days. Data that users delete must disappear, so no longer than that, and no yearly snapshots:
      // https://registry.terraform.io/providers/mongodb/mongodbatlas/1.41.1/docs/resources/cloud_backup_schedule
      policyItemWeekly: [{ frequencyInterval: 7, ...retention(Math.max(policy.dailyDays, 7)) }],
      policyItemMonthly: [{ frequencyInterval: 1, ...retention(Math.max(policy.dailyDays, 31)) }],
      copySettings: [
        {
          cloudProvider: "AWS",
          regionName: toAtlasRegion(policy.copyRegion),
          zoneId: cluster.replicationSpecs.get(0).zoneId,
          frequencies: ["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "ON_DEMAND"],
          shouldCopyOplogs: true,
        },
      ],
    });
  }
}
