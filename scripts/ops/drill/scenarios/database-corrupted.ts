import type { Activity } from "../../../../service/activities/repository.ts";
import type { Scenario } from "../scenario.ts";

/** A release writes nonsense over what users have recorded, and a backup is taken before anybody notices. */
export const databaseCorrupted: Scenario = {
  name: "database-corrupted",
  title: "A bad release writes nonsense over all activities",
  page: "restore-database",
  async run(drill) {
    const activities = drill.stage.site.database.collection<Activity>("activities");
    await drill.backUp();
    await drill.writeOn();
    await drill.disaster("nonsense is written over all activities", () =>
      activities.updateMany({}, { $set: { quantity: -1, note: "undefined" } }),
    );
    await drill.backUp();
    await drill.notice();
    const lastRight = new Date(drill.moments.disasterAt!).toISOString();
    await drill.follow("restore-database", { BEFORE: lastRight });
    await drill.recover(async () => {
      const wrong = await activities.countDocuments({ quantity: { $lt: 0 } });
      return [{ name: "no nonsense is left", passed: wrong === 0, detail: `${wrong} activities of it` }];
    });
  },
};
