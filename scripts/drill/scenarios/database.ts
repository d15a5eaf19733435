import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Activity } from "../../../service/activities/repository.ts";
import { namePrefix } from "../../../service/company.ts";
import { errorsPage } from "../alarm-route.ts";
import type { Drill } from "../drill.ts";
import type { Scenario } from "../run-scenario.ts";

const ownServer =
  "MONGODB_URI is set, and its server has no IP access list. Its backups are `not point-in-time consistent`; those of Atlas are.";

export const databaseLost: Scenario = {
  name: "database-lost",
  title: "The database is dropped",
  // No account is left, so that all logins fail.
  alarm: "-login-failures",
  route: [
    { name: "accounts", steps: [] },
    { name: "database", steps: [5] },
  ],
  practice: {
    message: "More than half of all logins have a wrong password. An attacker may be guessing passwords.",
    observations: [
      "Dashboard and saved queries: since <since> all logins fail with a wrong password, of many accounts. Refreshes succeed.",
      "Releases: none today. Atlas: the cluster is healthy, with a primary. The collection `users` is missing since <since>.",
      ownServer,
    ],
  },
  runbook: "restore-database",
  supportsDeployed: true,
  async run(drill) {
    await drill.backUp();
    await drill.keepWriting();
    await drill.causeDisaster("the database is dropped", () => drill.target.database.dropDatabase());
    await drill.detect();
    await drill.followRunbook("restore-database", {
      decided: { BEFORE: new Date(drill.milestones.disasterAt!).toISOString() },
    });
    await drill.verifyRecovery();
  },
};

/**
 * A script overwrites all activities with wrong values, which the service cannot read, and a backup is created before anyone detects
 * it. Where the target supports it, the recovery restores the second before the disaster from Atlas; elsewhere the last backup before the disaster.
 */
export const databaseCorrupted: Scenario = {
  name: "database-corrupted",
  title: "A script overwrites all activities with wrong values",
  // Requests that read activities fail with 500.
  alarm: errorsPage.alarm,
  route: [
    { name: "high-errors", steps: [] },
    { name: "database", steps: [5] },
  ],
  practice: {
    message: errorsPage.message,
    observations: [
      "Dashboard: since <since> requests to `api` that read activities fail with 500. `auth` is as usual.",
      "Saved queries: one fingerprint, a `TypeError` while an activity is read: `updatedAt` is the text `undefined`.",
      "Releases: none today. Atlas: the cluster is healthy, with a primary.",
      ownServer,
    ],
  },
  runbook: "restore-database",
  supportsDeployed: true,
  async run(drill) {
    const activities = drill.target.database.collection<Activity>("activities");
    await drill.backUp();
    await drill.keepWriting();
    await drill.causeDisaster("all activities are overwritten", () =>
      activities.updateMany({}, { $set: { quantity: -1, note: "undefined", updatedAt: wrongDate } }),
    );
    await drill.backUp();
    await drill.detect();
    const disasterAt = new Date(drill.milestones.disasterAt!);
    if (drill.target.supportsPointInTimeRestore) await restorePointInTime(drill, disasterAt);
    else await drill.followRunbook("restore-database", { decided: { BEFORE: disasterAt.toISOString() } });
    await drill.verifyRecovery(async () => {
      const wrong = await activities.countDocuments({ quantity: { $lt: 0 } });
      return [{ name: "no wrong value is left", passed: wrong === 0, detail: `${wrong} wrong activities` }];
    });
  },
};

/** A text where the service expects a date. */
const wrongDate = "undefined" as unknown as Date;

/** Atlas restores to a whole second, and the second of the disaster may contain the first wrong values. */
async function restorePointInTime(drill: Drill, disasterAt: Date): Promise<void> {
  const second = `${disasterAt.toISOString().slice(0, 19)}Z`;
  drill.setRecoveryPoint(second);
  const ERASURES = join(tmpdir(), `${namePrefix}-drill-erasures-${randomUUID()}.json`);
  const decided = { POINT: `--point-in-time=${second}`, ERASURES };
  await drill.followRunbook("restore-from-atlas", { decided, steps: [1, 2, 3, 4, 5, 6] });
  await rm(ERASURES, { force: true });
}
