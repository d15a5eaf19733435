import { activities, databaseName, recordableDays } from "../../service/contract.ts";
import type { Attributes } from "../support/synthesize.ts";
import { type Change, changeFirst, first, getEnvironment, referenced, removeAll } from "./rules/resources.ts";
import { resourceRule, testRule } from "./rules/rule.ts";

/** Days for which an item of a schedule is kept; not a number when it is in another unit. */
const toDays = (item: Attributes | undefined): number =>
  item?.retention_unit === "days" ? item.retention_value : Number.NaN;

/** Every 4 hours, a point-in-time window of some days, and each of the last 30 days. */
function isEnough(schedule: Attributes, ownRegion: string): boolean {
  const { policy_item_hourly: hourly, policy_item_daily: daily, copy_settings: copies } = schedule;
  return (
    hourly?.frequency_interval <= 4 &&
    schedule.restore_window_days >= 1 &&
    toDays(hourly) >= schedule.restore_window_days &&
    daily?.frequency_interval === 1 &&
    toDays(daily) >= 30 &&
    copies?.length === 1 &&
    copies[0].region_name.startsWith("EU_") &&
    copies[0].region_name !== ownRegion &&
    copies[0].should_copy_oplogs === true &&
    ["HOURLY", "DAILY"].every((frequency) => copies[0].frequencies.includes(frequency))
  );
}

const restorable = resourceRule(
  "a replica set has snapshots at least every 4 h, daily ones for 30 days, and point-in-time restore; with a copy in another EU region",
  "mongodbatlas_advanced_cluster",
  ({ stack, id, attributes }, stacks) => {
    const ownRegion = getEnvironment(stack).region.toUpperCase().replaceAll("-", "_");
    const schedules = Object.values(stack.resource.mongodbatlas_cloud_backup_schedule ?? {}).filter(
      ({ cluster_name }) => referenced(stacks, stack, cluster_name)?.id === id,
    );
    return (
      attributes.backup_enabled === true &&
      attributes.pit_enabled === true &&
      attributes.retain_backups_enabled === true &&
      schedules.length === 1 &&
      isEnough(schedules[0]!, ownRegion)
    );
  },
);

const shortRetention = resourceRule(
  "snapshots expire as early as Atlas allows, so that deleted data disappears",
  "mongodbatlas_cloud_backup_schedule",
  ({ attributes }) => {
    const { policy_item_weekly, policy_item_monthly, policy_item_yearly, policy_item_daily } = attributes;
    return (
      policy_item_yearly === undefined &&
      [...policy_item_weekly, ...policy_item_monthly].every(
        (item) => toDays(item) <= Math.max(toDays(policy_item_daily), 31),
      )
    );
  },
);

const archivedActivities = resourceRule(
  "a replica set archives activities after the configured days, in its own region",
  "mongodbatlas_advanced_cluster",
  ({ stack, id }, stacks) => {
    const { database, region } = getEnvironment(stack);
    return Object.values(stack.resource.mongodbatlas_online_archive ?? {}).some(
      ({ cluster_name, db_name, coll_name, criteria, partition_fields, data_process_region, data_expiration_rule }) =>
        referenced(stacks, stack, cluster_name)?.id === id &&
        db_name === databaseName &&
        coll_name === activities.collection &&
        criteria.type === "DATE" &&
        criteria.date_field === activities.timeField &&
        database.kind === "replica-set" &&
        criteria.expire_after_days === database.archiveAfterDays &&
        criteria.expire_after_days > recordableDays &&
        data_expiration_rule?.expire_after_days === database.archiveKeepDays &&
        partition_fields.some(({ field_name }: { field_name: string }) => field_name === criteria.date_field) &&
        data_process_region?.region === region.toUpperCase().replaceAll("-", "_"),
    );
  },
);

const cluster = (change: Change) => changeFirst("mongodbatlas_advanced_cluster", change);
const schedule = (change: Change) => changeFirst("mongodbatlas_cloud_backup_schedule", change);
const archive = (change: Change) => changeFirst("mongodbatlas_online_archive", change);

describe("backups and archive of the database", () => {
  testRule(restorable, {
    "no backups": cluster({ backup_enabled: false }),
    "no point-in-time restore": cluster({ pit_enabled: undefined }),
    "backups that are deleted with the cluster": cluster({ retain_backups_enabled: undefined }),
    "no schedule": removeAll("production-database", "mongodbatlas_cloud_backup_schedule"),
    "two snapshots a day": schedule({ "policy_item_hourly.frequency_interval": 12 }),
    "daily snapshots of a week": schedule({ "policy_item_daily.retention_value": 7 }),
    "a unit that is not days": schedule({ "policy_item_hourly.retention_unit": "hours" }),
    "a copy in the same region": schedule({ "copy_settings.0.region_name": "EU_WEST_1" }),
    "a copy outside the EU": schedule({ "copy_settings.0.region_name": "US_EAST_1" }),
    "a copy without the oplog": schedule({ "copy_settings.0.should_copy_oplogs": false }),
  });

  testRule(shortRetention, {
    "a snapshot kept for a year": schedule({
      policy_item_yearly: [{ frequency_interval: 1, retention_unit: "years", retention_value: 1 }],
    }),
    "monthly snapshots kept for half a year": schedule({ "policy_item_monthly.0.retention_value": 180 }),
  });

  testRule(archivedActivities, {
    "no archive": removeAll("production-database", "mongodbatlas_online_archive"),
    "an archive of another collection": archive({ coll_name: "users" }),
    "an archive after a month": archive({ "criteria.expire_after_days": 30 }),
    "an archive that is not partitioned by its date, which Atlas requires": (stacks) => {
      first(stacks, "mongodbatlas_online_archive").partition_fields.shift();
    },
    "an archive in another region": archive({ "data_process_region.region": "US_EAST_1" }),
  });
});
