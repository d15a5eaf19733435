import type { Attributes } from "../../support/synthesize.ts";
import { getEnvironment, referenced } from "./resources.ts";
import { resourceRule } from "./rule.ts";

/** Days for which an item of a schedule is kept; not a number when it is in another unit. */
const daysOf = (item: Attributes | undefined): number =>
  item?.retention_unit === "days" ? item.retention_value : Number.NaN;

/** Every 4 hours, each moment of some days, each day of the last 30. */
function isEnough(schedule: Attributes, ownRegion: string): boolean {
  const { policy_item_hourly: hourly, policy_item_daily: daily, copy_settings: copies } = schedule;
  return (
    hourly?.frequency_interval <= 4 &&
    schedule.restore_window_days >= 1 &&
    daysOf(hourly) >= schedule.restore_window_days &&
    daily?.frequency_interval === 1 &&
    daysOf(daily) >= 30 &&
    copies?.length === 1 &&
    copies[0].region_name.startsWith("EU_") &&
    copies[0].region_name !== ownRegion &&
    copies[0].should_copy_oplogs === true &&
    ["HOURLY", "DAILY"].every((frequency) => copies[0].frequencies.includes(frequency))
  );
}

export const restorable = resourceRule(
  "a replica set is backed up every 4 h at least, daily for 30 days, and to the moment; with a copy elsewhere in the EU",
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
  "what users delete is gone from all snapshots after as few days as Atlas allows",
  "mongodbatlas_cloud_backup_schedule",
  ({ attributes }) => {
    const { policy_item_weekly, policy_item_monthly, policy_item_yearly, policy_item_daily } = attributes;
    return (
      policy_item_yearly === undefined &&
      [...policy_item_weekly, ...policy_item_monthly].every(
        (item) => daysOf(item) <= Math.max(daysOf(policy_item_daily), 31),
      )
    );
  },
);
