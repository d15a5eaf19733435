import type { AdvancedCluster } from "@cdktf/provider-mongodbatlas/lib/advanced-cluster/index.js";
import { CloudBackupSchedule } from "@cdktf/provider-mongodbatlas/lib/cloud-backup-schedule/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { type AtlasBackupPolicy, checkPolicy } from "./atlas-backup-policy.ts";
import { toAtlasRegion } from "./atlas-region.ts";

export interface AtlasBackupsProps {
  readonly cluster: AdvancedCluster;
  readonly policy: AtlasBackupPolicy;
}

/**
 * Snapshots of a replica set that has backups and point-in-time restore on, with a copy of each, and of the log between
 * them, in another region. Billed by the gigabyte and month, in both regions, and by the gigabyte copied.
 *
 * ```ts
 * new AtlasBackups(this, "backups", {
 *   cluster, policy: { everyHours: 4, dailyDays: 30, pointInTimeDays: 7, copyRegion: "eu-central-1" },
 * });
 * ```
 */
export class AtlasBackups extends Construct {
  constructor(scope: Construct, id: string, props: AtlasBackupsProps) {
    super(scope, id);
    const { cluster, policy } = props;
    checkPolicy(EcobeatStack.of(this).region, policy);
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
          regionName: toAtlasRegion(policy.copyRegion),
          zoneId: cluster.replicationSpecs.get(0).zoneId,
          frequencies: ["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "ON_DEMAND"],
          shouldCopyOplogs: true,
        },
      ],
    });
  }
}
