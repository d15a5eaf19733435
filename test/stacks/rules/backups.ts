import type { Attributes } from "../../support/synthesize.ts";
import { getEnvironment, referenced } from "./resources.ts";
import { resourceRule } from "./rule.ts";

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

export const restorable = resourceRule(
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

export const shortRetention = resourceRule(
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
