import { randomInt, randomUUID } from "node:crypto";
import { createClient } from "@redis/client";
import { expect } from "chai";
import { RedisSessionStore } from "../../../service/auth/redis-session-store.ts";
import { erasePreview, isErasureRequest } from "../../../service/cloud/preview-erasure.ts";
import { cacheKeyPrefix, databaseName, toPreviewName } from "../../../service/contract.ts";
import { connectMongo } from "../../../service/platform/mongo.ts";
import { RateLimiter } from "../../../service/platform/rate-limit.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { RedisUserCache } from "../../../service/platform/redis-user-cache.ts";
import { authorizingProxy } from "../../support/authorizing-proxy.ts";
import { DatabaseUser, getPrivileges } from "../../support/database-user.ts";
import { describeWith } from "../../support/real-services.ts";

describe("A request to delete the data of a preview", () => {
  it("names the database, and nothing else", () => {
    expect(isErasureRequest({ erase: "ecobeat-pr-7" })).to.equal(true);
    for (const event of [null, {}, [], "erase", { erase: 7 }, { erase: "ecobeat-pr-7", dryRun: true }])
      expect(isErasureRequest(event), JSON.stringify(event)).to.equal(false);
  });
});

describeWith("MONGODB_URI", "The data of a preview", () =>
  describeWith("REDIS_URL", "in a shared cache", () => {
    const name = toPreviewName(randomInt(1_000_000, 9_999_999));
    const redis = createClient({ url: process.env.REDIS_URL! });

    before(() => redis.connect());
    after(() => redis.destroy());

    /** What a function with these names uses. */
    async function open(database: string, keyPrefix?: string) {
      const db = await connectMongo(process.env.MONGODB_URI!, { database });
      const connection = new RedisConnection(process.env.REDIS_URL!, { keyPrefix });
      const sessions = new RedisSessionStore(connection);
      const cache = new RedisUserCache(connection);
      const backends = { database: async () => db, sessions: async () => sessions, userCache: async () => cache };
      const close = async () => {
        await db.dropDatabase();
        await Promise.all([db.client.close(), connection.close()]);
      };
      return { db, connection, sessions, cache, backends, [Symbol.asyncDispose]: close };
    }

    const listKeys = async (userId: string) => (await redis.keys(`*${userId}*`)).sort();

    /** A user with a session and a cached value. */
    async function addUser({ db, sessions, cache }: Awaited<ReturnType<typeof open>>, userId: string): Promise<void> {
      await db.collection<{ _id: string }>("users").insertOne({ _id: userId });
      await db.collection("activities").insertOne({ userId });
      const now = Date.now();
      const times = { authenticatedAt: now, now, idleMilliseconds: 60_000, absoluteMilliseconds: 60_000 };
      await sessions.create({ session: { userId, id: "one" }, tokenHash: "a", origin: {}, ...times });
      await cache.read(userId, "Profile", async () => ({}));
    }

    it("has keys of its own, and none of them is left with its database", async () => {
      await using preview = await open(name, `${name}:`);
      await using staging = await open(`${databaseName}-${randomUUID().slice(0, 8)}`);
      const userId = randomUUID();
      await addUser(preview, userId);
      await addUser(staging, userId);
      const toKeys = (prefix: string) =>
        ["cached", "session:one", "sessions"].map((key) => `${prefix}{${userId}}:${key}`);
      expect(await listKeys(userId)).to.have.members([...toKeys(`${name}:`), ...toKeys(cacheKeyPrefix)]);

      expect(await erasePreview(preview.backends, { erase: name }, name)).to.deep.equal({
        erased: name,
        users: 1,
        collections: ["activities", "users"],
      });
      const left = (await listKeys(userId)).filter((key) => !key.startsWith(cacheKeyPrefix));
      // For a minute: it says that all sessions have ended.
      expect(left).to.deep.equal([`${name}:{${userId}}:revoked`]);
      expect(await redis.pTTL(left[0]!)).to.be.within(1, 60_000);
      // To MongoDB, a database without collections does not exist.
      expect(await preview.db.listCollections().toArray()).to.deep.equal([]);
      expect(await listKeys(userId)).to.include.members(toKeys(cacheKeyPrefix));
      expect(await staging.db.collection("users").countDocuments()).to.equal(1);
      await staging.sessions.revokeAll(userId, Date.now());
      await staging.cache.invalidate(userId);

      // Again: what is left is nothing.
      expect(await erasePreview(preview.backends, { erase: name }, name)).to.deep.equal({
        erased: name,
        users: 0,
        collections: [],
      });
    });

    it("needs no more than the role readWrite on its database, which drops no other", async () => {
      const user = new DatabaseUser();
      user.privileges = getPrivileges("readWrite", name);
      const proxy = await authorizingProxy(user);
      await using preview = await open(name, `${name}:`);
      const db = await connectMongo(proxy.uri(name), { database: name });
      try {
        const userId = randomUUID();
        await addUser(preview, userId);
        const backends = { ...preview.backends, database: async () => db };
        expect((await erasePreview(backends, { erase: name }, name)).collections).to.deep.equal([
          "activities",
          "users",
        ]);
        const other = await db.client
          .db(databaseName)
          .dropCollection("users")
          .catch((error: Error) => error);
        expect(other).to.be.an("error").with.property("codeName", "Unauthorized");
      } finally {
        await db.client.close();
        proxy.close();
      }
    });

    it("is counted apart by rate limits", async () => {
      await using preview = await open(name, `${name}:`);
      await using staging = await open(name);
      const policy = { name: "preview-test", requests: 1, windowSeconds: 1 };
      const client = randomUUID();
      const counts = [preview, staging].map(({ connection }) => new RateLimiter(connection).count([policy, client]));
      expect((await Promise.all(counts)).flat().map(({ allowed }) => allowed)).to.deep.equal([true, true]);
      expect(await redis.keys(`*${client}`)).to.have.members(
        [`${name}:`, cacheKeyPrefix].map((prefix) => `${prefix}limit:preview-test:${client}`),
      );
    });

    for (const [title, database, request, configured] of [
      ["of an environment", databaseName, databaseName, databaseName],
      ["of another preview", name, toPreviewName(1), name],
      ["of a function whose keys in Redis are those of another preview", name, name, toPreviewName(1)],
      ["of an environment by the name of a preview", name, databaseName, name],
      ["of a connection that leads elsewhere", `${databaseName}-elsewhere`, name, name],
      ["whose name only begins like that of a preview", `${name}-copy`, `${name}-copy`, `${name}-copy`],
      ["of no pull request", toPreviewName(0), toPreviewName(0), toPreviewName(0)],
    ] as const) {
      it(`is not that ${title}: nothing is deleted`, async () => {
        const id = randomUUID();
        const db = await connectMongo(process.env.MONGODB_URI!, { database });
        const untouched = async () => {
          throw new Error("Redis was used.");
        };
        const backends = { database: async () => db, sessions: untouched, userCache: untouched };
        await db.collection<{ _id: string }>("users").insertOne({ _id: id });
        try {
          const error = await erasePreview(backends, { erase: request }, configured).catch((cause: Error) => cause);
          expect(error)
            .to.be.an("error")
            .with.property("message")
            .that.matches(/^Nothing was deleted: /);
          expect(await db.collection<{ _id: string }>("users").countDocuments({ _id: id })).to.equal(1);
        } finally {
          await db.collection<{ _id: string }>("users").deleteOne({ _id: id });
          if (database !== databaseName) await db.dropDatabase();
          await db.client.close();
        }
      });
    }
  }),
);
