import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { RedisLinkStore } from "../../service/auth/redis-link-store.ts";
import { RedisSessionStore } from "../../service/auth/redis-session-store.ts";
import {
  dataMap,
  keyMap,
  type MappedCollection,
  type MappedKey,
  migrationsCollection,
  userCollections,
} from "../../service/data-map.ts";
import { indexes } from "../../service/platform/indexes.ts";
import { RedisConnection } from "../../service/platform/redis.ts";
import { RedisUserCache } from "../../service/platform/redis-user-cache.ts";
import { callEveryQuery } from "../support/call-every-query.ts";
import { callEverySupportAction } from "../support/call-every-support-action.ts";
import { describeOnDatabases } from "../support/database-suites.ts";
import { describeWith } from "../support/real-services.ts";
import { type ApiResponse, startService, type TestService, type TestUser, useService } from "../support/service.ts";
import { item } from "./activities/support.ts";

describe("The data map", () => {
  it("has an index for the deletion of a user's data", () => {
    for (const { collection, field } of userCollections) {
      const first = indexes[collection]!.map(({ key }) => Object.keys(key)[0]);
      expect(["_id", ...first], collection).to.include(field);
    }
  });
});

describeOnDatabases("The collections of the data map", (database) => {
  const service = useService(() => startService({ database: async () => database() }));

  it("are all that the service creates", async () => {
    await callEveryQuery(service);
    await callEverySupportAction(service.backends, await service.register());
    const names = (await database().listCollections().toArray()).map(({ name }) => name);
    // `migrate` creates this one.
    expect([...names, migrationsCollection]).to.have.members(Object.keys(dataMap));
  });

  it("contain nothing of a deleted user, unless they say so", async () => {
    const ann = await service.register();
    await ann.send("POST", "/v1/activities", { body: { activities: [item()] } });
    // Also where the service stored nothing.
    for (const { collection, field } of userCollections) {
      if (field !== "_id")
        await database()
          .collection(collection)
          .insertOne({ [field]: ann.id });
    }
    await ann.send("DELETE", "/v1/users/me");
    for (const [name, entry] of Object.entries(dataMap as Record<string, MappedCollection>)) {
      const text = JSON.stringify(await database().collection(name).find({}).toArray());
      if (!("notPersonal" in entry)) expect(text, name).to.not.contain(ann.id);
    }
  });

  it("are in the export as they say", async () => {
    const { send } = await service.registerConfirmed();
    const { body } = await send("GET", "/v1/users/me/export");
    const members = [...Object.values(dataMap), ...Object.values(keyMap)].flatMap((entry) =>
      "exportedAs" in entry ? [entry.exportedAs] : [],
    );
    expect(body).to.include.all.keys(members);
  });
});

describeWith("REDIS_URL", "The keys of the data map", () => {
  const keyPrefix = `data-map-${randomUUID().slice(0, 8)}:`;
  let redis: RedisConnection;
  let service: TestService;
  before(async () => {
    redis = new RedisConnection(process.env.REDIS_URL!, { keyPrefix });
    service = await startService({
      sessions: async () => new RedisSessionStore(redis),
      userCache: async () => new RedisUserCache(redis),
      rateLimits: async () => redis,
      links: async () => new RedisLinkStore(redis),
    });
  });
  const findKeys = (pattern = "*") => redis.run((client) => client.keys(keyPrefix + pattern));
  after(async () => {
    await service.stop();
    const keys = await findKeys();
    await redis.run((client) => client.del(keys));
    await redis.close();
  });

  const sources = { USER: "[0-9a-f-]{36}", SESSION: "[\\w-]{22}", LIMIT: "[A-Za-z-]+", HASH: "[\\w-]{43}" };
  const patterns = Object.entries(keyMap as Record<string, MappedKey>).map(([name, entry]) => {
    const source = name
      .replaceAll(/[{}]/g, "\\$&")
      .replaceAll(/[A-Z]{2,}/g, (word) => sources[word as keyof typeof sources]);
    return { name, entry, pattern: new RegExp(`^${source}$`) };
  });
  const find = (key: string) => patterns.find(({ pattern }) => pattern.test(key.slice(keyPrefix.length)));

  /** Registers a user, and uses every route that reads or writes Redis, up to the deletion. */
  async function useEveryKey(): Promise<TestUser> {
    const ann = await service.register();
    const expectOk = async (response: Promise<ApiResponse>) => {
      const { status, body } = await response;
      expect(status, JSON.stringify(body)).to.be.within(200, 299);
      return body;
    };
    const sessions = await Promise.all([1, 2, 3].map(() => expectOk(service.logIn(ann))));
    const [ended, loggedOut] = sessions.map(({ refresh_token }) => refresh_token as string);
    await expectOk(service.refresh(ended!));
    await expectOk(service.send("POST", "/v1/auth/logout", { body: { refresh_token: loggedOut } }));
    const { sessions: open } = await expectOk(ann.send("GET", "/v1/sessions"));
    const another = open.find(({ current }: { current: boolean }) => !current);
    await expectOk(ann.send("DELETE", `/v1/sessions/${another.id}`));
    await expectOk(ann.send("DELETE", "/v1/sessions"));
    await expectOk(ann.send("GET", `/v1/activities/summary?month=${new Date().toISOString().slice(0, 7)}`));
    await expectOk(ann.send("GET", "/v1/users/me"));
    return ann;
  }

  it("are all that the service writes, and expire as they say", async () => {
    await callEveryQuery(service);
    await useEveryKey();
    const keys = await findKeys();
    expect(keys.filter((key) => !find(key))).to.deep.equal([]);
    expect(keys.map((key) => find(key)!.name)).to.include.members(Object.keys(keyMap));
    for (const key of keys) {
      const remaining = await redis.run((client) => client.pTTL(key));
      expect(remaining, key).to.be.within(1, find(key)!.entry.expirySeconds * 1000);
    }
  });

  it("are deleted with the account as they say", async () => {
    const ann = await useEveryKey();
    const namesOf = async () => (await findKeys(`*${ann.id}*`)).map((key) => find(key)!.name);
    expect(await namesOf()).to.have.members(Object.keys(keyMap).filter((name) => name.startsWith("{USER}")));
    await ann.send("DELETE", "/v1/users/me");
    const left = patterns.filter(({ entry }) => entry.onDeletion.startsWith("written")).map(({ name }) => name);
    expect(await namesOf()).to.deep.equal(left);
  });
});
