import { activities, databaseName, recordableDays } from "../../service/contract.ts";
import { environments } from "../../stacks/environments/index.ts";
import type { Attributes, StackJson, Stacks } from "../support/synthesize.ts";
import {
  type Change,
  changeFirst,
  first,
  getStackEnvironment,
  referenced,
  removeAll,
  stacksNamed,
} from "./rules/resources.ts";
import { type Rule, resourceRule, testRule } from "./rules/rule.ts";

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
    const ownRegion = getStackEnvironment(stack).region.toUpperCase().replaceAll("-", "_");
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

const archivedActivities: Rule = {
  name: "an environment with an online archive archives activities after the configured days, in its own region",
  check: (stacks) =>
    Object.values(environments).flatMap(({ name, region, database: { onlineArchive } }) => {
      const archives = stacks[`ecobeat-${name}-archive`]?.resource.mongodbatlas_online_archive ?? {};
      const isRight = ({ db_name, coll_name, criteria, partition_fields, ...archive }: Attributes): boolean =>
        db_name === databaseName &&
        coll_name === activities.collection &&
        criteria.type === "DATE" &&
        criteria.date_field === activities.timeField &&
        criteria.expire_after_days === onlineArchive?.afterDays &&
        criteria.expire_after_days > recordableDays &&
        archive.data_expiration_rule?.expire_after_days === onlineArchive?.keepDays &&
        partition_fields.some(({ field_name }: { field_name: string }) => field_name === criteria.date_field) &&
        archive.data_process_region?.region === region.toUpperCase().replaceAll("-", "_");
      const expected = onlineArchive ? 1 : 0;
      return Object.values(archives).filter(isRight).length === expected ? [] : [`ecobeat-${name}-archive`];
    }),
};

const archiveByName: Rule = {
  name: "the stack of the archive finds project and cluster by name, and reads no other stack's state",
  check: (stacks) =>
    stacksNamed(stacks, "-archive").flatMap(([stackName, { data = {}, resource }]) => {
      const name = `ecobeat-${stackName.split("-")[1]}`;
      const projects = Object.entries(data.mongodbatlas_project ?? {});
      const clusters = Object.entries(data.mongodbatlas_advanced_cluster ?? {});
      const project = `\${data.mongodbatlas_project.${projects[0]?.[0]}.id}`;
      const cluster = `data.mongodbatlas_advanced_cluster.${clusters[0]?.[0]}`;
      const isRight =
        !data.terraform_remote_state &&
        projects[0]?.[1].name === name &&
        clusters[0]?.[1].name === name &&
        clusters[0]?.[1].project_id === project &&
        Object.values(resource.mongodbatlas_online_archive ?? {}).every(
          ({ project_id, cluster_name }) =>
            project_id === `\${${cluster}.project_id}` && cluster_name === `\${${cluster}.name}`,
        );
      return isRight ? [] : [stackName];
    }),
};

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
    "no archive": removeAll("production-archive", "mongodbatlas_online_archive"),
    "an archive of another collection": archive({ coll_name: "users" }),
    "an archive after a month": archive({ "criteria.expire_after_days": 30 }),
    "an archive that is not partitioned by its date, which Atlas requires": (stacks) => {
      first(stacks, "mongodbatlas_online_archive").partition_fields.shift();
    },
    "an archive in another region": archive({ "data_process_region.region": "US_EAST_1" }),
  });

  const change = (change: (stack: StackJson) => unknown) => (stacks: Stacks) =>
    change(stacks["ecobeat-production-archive"]!);
  testRule(archiveByName, {
    "a state that it reads": change(({ data }) => {
      data!.terraform_remote_state = { database: {} };
    }),
    "a project of another name": change(({ data }) => {
      data!.mongodbatlas_project!.project!.name = "ecobeat";
    }),
    "a cluster of another project": change(({ data }) => {
      data!.mongodbatlas_advanced_cluster!.cluster!.project_id = "0";
    }),
    "an archive of another cluster": archive({ cluster_name: "another" }),
  });
});
