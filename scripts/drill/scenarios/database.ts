import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Activity } from "../../../service/activities/repository.ts";
import type { Drill } from "../drill.ts";
import type { Scenario } from "../run-scenario.ts";

/** The database is gone with all that it held. */
export const databaseLost: Scenario = {
  name: "database-lost",
  title: "The database is dropped",
  runbook: "restore-database",
  supportsStaging: true,
  async run(drill) {
    await drill.backUp();
    await drill.keepWriting();
    await drill.causeDisaster("the database is dropped", () => drill.target.database.dropDatabase());
    await drill.detect();
    await drill.followRunbook("restore-database");
    await drill.verifyRecovery();
  },
};

/**
 * A release writes nonsense over what users have recorded, and a backup is taken before anybody notices. Atlas, where it is, brings
 * the last second before back; the backup location the last backup before.
 */
export const databaseCorrupted: Scenario = {
  name: "database-corrupted",
  title: "A bad release writes nonsense over all activities",
  runbook: "restore-database",
  supportsStaging: true,
  async run(drill) {
    const activities = drill.target.database.collection<Activity>("activities");
    await drill.backUp();
    await drill.keepWriting();
    await drill.causeDisaster("nonsense is written over all activities", () =>
      activities.updateMany({}, { $set: { quantity: -1, note: "undefined" } }),
    );
    await drill.backUp();
    await drill.detect();
    const disasterAt = new Date(drill.milestones.disasterAt!);
    if (drill.target.supportsPointInTimeRestore) await restorePointInTime(drill, disasterAt);
    else await drill.followRunbook("restore-database", { BEFORE: disasterAt.toISOString() });
    await drill.verifyRecovery(async () => {
      const wrong = await activities.countDocuments({ quantity: { $lt: 0 } });
      return [{ name: "no nonsense is left", passed: wrong === 0, detail: `${wrong} activities of it` }];
    });
  },
};

/** Atlas knows seconds, and a second that has begun may hold the first of what is wrong. */
async function restorePointInTime(drill: Drill, disasterAt: Date): Promise<void> {
  const second = new Date(Math.floor(disasterAt.getTime() / 1_000) * 1_000);
  drill.setRecoveryPoint(second);
  const ERASURES = join(tmpdir(), `ecobeat-drill-erasures-${randomUUID()}.json`);
  const POINT = `--point-in-time=${second.toISOString().replace(".000", "")}`;
  await drill.followRunbook("restore-from-atlas", { POINT, ERASURES }, [1, 2, 3, 4, 5]);
  await rm(ERASURES, { force: true });
}
