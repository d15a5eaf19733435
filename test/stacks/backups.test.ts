import { expect } from "chai";
import { recordableDays } from "../../service/contract.ts";
import { type EnvironmentReplicaSet, environments } from "../../stacks/environments.ts";
import { synthesize } from "../support/synthesize.ts";
import { archivedActivities } from "./rules/archive.ts";
import { restorable, shortRetention } from "./rules/backups.ts";
import { first } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";

const { production } = environments;

describe("backups and archive of the database", () => {
  testRule(restorable, {
    "no backups": (stacks) => {
      first(stacks, "mongodbatlas_advanced_cluster").backup_enabled = false;
    },
    "no point-in-time restore": (stacks) => {
      delete first(stacks, "mongodbatlas_advanced_cluster").pit_enabled;
    },
    "backups that go with the cluster": (stacks) => {
      delete first(stacks, "mongodbatlas_advanced_cluster").retain_backups_enabled;
    },
    "no schedule": (stacks) => {
      delete stacks["ecobeat-production-database"]!.resource.mongodbatlas_cloud_backup_schedule;
    },
    "two snapshots a day": (stacks) => {
      first(stacks, "mongodbatlas_cloud_backup_schedule").policy_item_hourly.frequency_interval = 12;
    },
    "daily snapshots of a week": (stacks) => {
      first(stacks, "mongodbatlas_cloud_backup_schedule").policy_item_daily.retention_value = 7;
    },
    "a unit that is not days": (stacks) => {
      first(stacks, "mongodbatlas_cloud_backup_schedule").policy_item_hourly.retention_unit = "hours";
    },
    "a copy in the same region": (stacks) => {
      first(stacks, "mongodbatlas_cloud_backup_schedule").copy_settings[0].region_name = "EU_WEST_1";
    },
    "a copy outside the EU": (stacks) => {
      first(stacks, "mongodbatlas_cloud_backup_schedule").copy_settings[0].region_name = "US_EAST_1";
    },
    "a copy without what lies between snapshots": (stacks) => {
      first(stacks, "mongodbatlas_cloud_backup_schedule").copy_settings[0].should_copy_oplogs = false;
    },
  });

  testRule(shortRetention, {
    "a snapshot kept for a year": (stacks) => {
      first(stacks, "mongodbatlas_cloud_backup_schedule").policy_item_yearly = [
        { frequency_interval: 1, retention_unit: "years", retention_value: 1 },
      ];
    },
    "monthly snapshots kept for half a year": (stacks) => {
      first(stacks, "mongodbatlas_cloud_backup_schedule").policy_item_monthly[0].retention_value = 180;
    },
  });

  testRule(archivedActivities, {
    "no archive": (stacks) => {
      delete stacks["ecobeat-production-database"]!.resource.mongodbatlas_online_archive;
    },
    "an archive of something else": (stacks) => {
      first(stacks, "mongodbatlas_online_archive").coll_name = "users";
    },
    "an archive after a month": (stacks) => {
      first(stacks, "mongodbatlas_online_archive").criteria.expire_after_days = 30;
    },
    "an archive that is not laid out by its date, which Atlas demands": (stacks) => {
      first(stacks, "mongodbatlas_online_archive").partition_fields.shift();
    },
    "an archive in another part of the world": (stacks) => {
      first(stacks, "mongodbatlas_online_archive").data_process_region.region = "US_EAST_1";
    },
  });

  const replicaSet = production.database as EnvironmentReplicaSet;
  const withReplicaSet = (values: Partial<EnvironmentReplicaSet>) => () =>
    synthesize([{ ...production, database: { ...replicaSet, ...values } }]);

  for (const [values, message] of [
    [{ everyHours: 3 }, /every 3 hours\. Atlas knows 1, 2, 4, 6, 8 and 12\. Choose/],
    [{ pointInTimeDays: 31 }, /last 31 days .* kept 30 days\. .* Choose more days/],
    [{ pointInTimeDays: 0 }, /last 0 days .* at least one/],
    [{ dailyDays: 6 }, /last 7 days .* kept 6 days/],
    [
      { copyRegion: "eu-west-1" },
      /copied to eu-west-1\. .*when eu-west-1 fails.* Choose one of eu-central-1/,
    ],
    [{ copyRegion: "us-east-1" }, /copied to us-east-1\. .*stay in the European Union\. Choose one of/],
    [{ copyRegion: "eu-west-2" }, /copied to eu-west-2\. .* Choose one of/],
    [{ copyRegion: "EU_CENTRAL_1" }, /copied to EU_CENTRAL_1\. .* Choose one of/],
  ] as const) {
    it(`refuses backups with ${JSON.stringify(values)}`, () => {
      expect(withReplicaSet({ backups: { ...replicaSet.backups, ...values } })).to.throw(message);
    });
  }

  for (const archiveAfterDays of [0, 1.5]) {
    it(`refuses an archive after ${archiveAfterDays} days`, () => {
      expect(withReplicaSet({ archiveAfterDays })).to.throw(/Atlas counts whole days, at least one\. Choose/);
    });
  }

  it("refuses to archive what may still be stored, and to delete what was archived just then", () => {
    expect(withReplicaSet({ archiveAfterDays: recordableDays })).to.throw(
      /could be stored again\. Archive later/,
    );
    expect(withReplicaSet({ archiveAfterDays: 400, archiveKeepDays: 406 })).to.throw(
      /at least seven\. Choose/,
    );
  });
});
