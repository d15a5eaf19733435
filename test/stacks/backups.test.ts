import { archivedActivities } from "./rules/archive.ts";
import { restorable, shortRetention } from "./rules/backups.ts";
import { type Change, changeFirst, first, removeAll } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";

const schedule = (change: Change) => changeFirst("mongodbatlas_cloud_backup_schedule", change);
const archive = (change: Change) => changeFirst("mongodbatlas_online_archive", change);

describe("backups and archive of the database", () => {
  testRule(restorable, {
    "no backups": changeFirst("mongodbatlas_advanced_cluster", { backup_enabled: false }),
    "no point-in-time restore": changeFirst("mongodbatlas_advanced_cluster", { pit_enabled: undefined }),
    "backups that are deleted with the cluster": changeFirst("mongodbatlas_advanced_cluster", {
      retain_backups_enabled: undefined,
    }),
    "no schedule": removeAll("production-database", "mongodbatlas_cloud_backup_schedule"),
    "two snapshots a day": schedule({
      "policy_item_hourly.frequency_interval": 12,
    }),
    "daily snapshots of a week": schedule({
      "policy_item_daily.retention_value": 7,
    }),
    "a unit that is not days": schedule({
      "policy_item_hourly.retention_unit": "hours",
    }),
    "a copy in the same region": schedule({
      "copy_settings.0.region_name": "EU_WEST_1",
    }),
    "a copy outside the EU": schedule({
      "copy_settings.0.region_name": "US_EAST_1",
    }),
    "a copy without the oplog": schedule({
      "copy_settings.0.should_copy_oplogs": false,
    }),
  });

  testRule(shortRetention, {
    "a snapshot kept for a year": schedule({
      policy_item_yearly: [{ frequency_interval: 1, retention_unit: "years", retention_value: 1 }],
    }),
    "monthly snapshots kept for half a year": schedule({
      "policy_item_monthly.0.retention_value": 180,
    }),
  });

  testRule(archivedActivities, {
    "no archive": removeAll("production-database", "mongodbatlas_online_archive"),
    "an archive of another collection": archive({ coll_name: "users" }),
    "an archive after a month": archive({
      "criteria.expire_after_days": 30,
    }),
    "an archive that is not partitioned by its date, which Atlas requires": (stacks) => {
      first(stacks, "mongodbatlas_online_archive").partition_fields.shift();
    },
    "an archive in another region": archive({
      "data_process_region.region": "US_EAST_1",
    }),
  });
});
