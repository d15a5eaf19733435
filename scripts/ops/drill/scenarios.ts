import type { Scenario } from "./scenario.ts";

/** Each is imported when it is run. */
export const scenarios: Readonly<Record<string, () => Promise<Scenario>>> = {
  "database-lost": async () => (await import("./scenarios/database-lost.ts")).databaseLost,
};
