import type { Scenario } from "./scenario.ts";

/** Each is imported when it is run. */
export const scenarios: Readonly<Record<string, () => Promise<Scenario>>> = {
  "database-lost": async () => (await import("./scenarios/database-lost.ts")).databaseLost,
  "database-corrupted": async () => (await import("./scenarios/database-corrupted.ts")).databaseCorrupted,
  "redis-lost": async () => (await import("./scenarios/redis-lost.ts")).redisLost,
  "redis-unreachable": async () => (await import("./scenarios/redis-unreachable.ts")).redisUnreachable,
  "bad-release": async () => (await import("./scenarios/bad-release.ts")).badRelease,
  "signing-key-compromised": async () =>
    (await import("./scenarios/signing-key-compromised.ts")).signingKeyCompromised,
  "region-gone": async () => (await import("./scenarios/region-gone.ts")).regionGone,
  "credentials-leaked": async () => (await import("./scenarios/credentials-leaked.ts")).credentialsLeaked,
};
