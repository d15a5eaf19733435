import type { Scenario } from "./run-scenario.ts";

/** Each is imported when it runs. */
export const scenarios: Readonly<Record<string, () => Promise<Scenario>>> = {
  "database-lost": async () => (await import("./scenarios/database.ts")).databaseLost,
  "database-corrupted": async () => (await import("./scenarios/database.ts")).databaseCorrupted,
  "redis-lost": async () => (await import("./scenarios/redis.ts")).redisLost,
  "redis-unreachable": async () => (await import("./scenarios/redis.ts")).redisUnreachable,
  "bad-release": async () => (await import("./scenarios/bad-release.ts")).badRelease,
  "signing-key-compromised": async () => (await import("./scenarios/signing-key-compromised.ts")).signingKeyCompromised,
  "region-gone": async () => (await import("./scenarios/region-gone.ts")).regionGone,
  "credentials-leaked": async () => (await import("./scenarios/credentials-leaked.ts")).credentialsLeaked,
};
