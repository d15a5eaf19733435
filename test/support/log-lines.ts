import { MongoServerSelectionError } from "mongodb";
import { RedisSessionStore } from "../../service/auth/redis-session-store.ts";
import { RedisConnection } from "../../service/platform/redis.ts";
import { newPerson, startService } from "./service.ts";

type Overrides = Parameters<typeof startService>[0];

/** A service that cannot reach its database. */
export const withoutDatabase: Overrides = {
  database: async () => {
    throw new MongoServerSelectionError("no server", {} as never);
  },
};

/** A service that cannot reach Redis. */
export const withoutRedis: Overrides = {
  sessions: async () => new RedisSessionStore(new RedisConnection("redis://127.0.0.1:1")),
};

/** Log lines of a login with an unknown account, a registration with a version of the app, and a health check. */
export async function collectRequestLines(overrides: Overrides): Promise<Record<string, unknown>[]> {
  const service = await startService(overrides);
  await service.send("POST", "/v1/auth/login", { body: { ...newPerson(), name: undefined } });
  await service.send("POST", "/v1/auth/register", { body: newPerson(), headers: { "x-app-version": "1.4.2" } });
  await service.send("GET", "/health/ready");
  await service.stop();
  return service.lines;
}
