import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { RedisSessionStore } from "../../../service/auth/redis-session-store.ts";
import type { NewSession, RotationResult, SessionStore } from "../../../service/auth/session-store.ts";
import { cacheKeyPrefix } from "../../../service/contract.ts";
import { FileSessionStore } from "../../../service/local/file-session-store.ts";
import { MemorySessionStore } from "../../../service/local/memory-session-store.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { describeWith } from "../../support/real-services.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";

export const now = Date.now();
export const lifetime = 60_000;
export const grace = 10_000;

/** A session that begins now, with some different members. */
export const newSession = (userId: string, differs: Partial<NewSession> = {}): NewSession => ({
  session: { userId, id: randomUUID() },
  tokenHash: "t0",
  origin: {},
  authenticatedAt: now,
  now,
  idleMilliseconds: lifetime,
  absoluteMilliseconds: 10 * lifetime,
  ...differs,
});

/** What differs in a use of a token. */
export interface Use {
  /** @default now */
  at?: number;
  /** @default the time of the use */
  arrivedAt?: number;
  country?: string;
  /** @default that of the token; "none" is that of a token from before tokens carried it */
  generation?: number | "none";
  /** @default the lifetime of the suite */
  idleMilliseconds?: number;
}

/** Opens a session whose tokens are `t0`, `t1` and so on, by their generation. */
export async function openSession(store: SessionStore, created: NewSession) {
  await store.create(created);
  const { session } = created;
  /** Uses the token of a generation. */
  const use = (index: number, { at = now, arrivedAt = at, country, generation, ...times }: Use = {}) =>
    store.rotate({
      session,
      presented: `t${index}`,
      successor: `t${index + 1}`,
      generation: generation === "none" ? undefined : (generation ?? index),
      country,
      now: at,
      arrivedAt,
      idleMilliseconds: created.idleMilliseconds,
      graceMilliseconds: grace,
      ...times,
    });
  /** The same, and only its outcome. */
  const rotate = async (index: number, at = now, country?: string): Promise<RotationResult["outcome"]> =>
    (await use(index, { at, ...(country && { country }) })).outcome;
  return { session, userId: session.userId, use, rotate };
}

/** The keys of a user. */
export const listKeys = (redis: RedisConnection, userId: string) =>
  redis.run((client) => client.keys(`${cacheKeyPrefix}{${userId}}:*`));

/** Runs a suite with sessions in the process, and with sessions in Redis. */
export function describeStores(
  title: string,
  rules: (store: () => SessionStore, newUser: () => string) => void,
  inRedis: (store: RedisSessionStore, redis: RedisConnection, newUser: () => string) => void,
): void {
  describe(`${title} in the process`, () => {
    const store = new MemorySessionStore();
    rules(() => store, randomUUID);
  });

  describe(`${title} in a file`, () => {
    const folder = useTemporaryFolder();
    let store: FileSessionStore;
    beforeEach(async () => {
      store = await FileSessionStore.open(join(folder(), "sessions.json"), () => now);
    });
    rules(() => store, randomUUID);
  });

  describeWith("REDIS_URL", `${title} in Redis`, () => {
    const redis = new RedisConnection(process.env.REDIS_URL!);
    const users: string[] = [];
    const newUser = () => {
      const user = randomUUID();
      users.push(user);
      return user;
    };
    after(async () => {
      const keys = (await Promise.all(users.map((userId) => listKeys(redis, userId)))).flat();
      if (keys.length > 0) await redis.run((client) => client.del(keys));
      await redis.close();
    });
    const store = new RedisSessionStore(redis);
    rules(() => store, newUser);
    inRedis(store, redis, newUser);
  });
}
