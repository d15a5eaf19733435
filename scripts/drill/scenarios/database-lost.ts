import type { Scenario } from "../scenario.ts";

/** The database is gone with all that it held. */
export const databaseLost: Scenario = {
  name: "database-lost",
  title: "The database is dropped",
  page: "restore-database",
  inStaging: true,
  async run(drill) {
    await drill.backUp();
    await drill.writeOn();
    await drill.disaster("the database is dropped", () => drill.ground.database.dropDatabase());
    await drill.notice();
    await drill.follow("restore-database");
    await drill.recover();
  },
};
