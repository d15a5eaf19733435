import { randomUUID } from "node:crypto";
import { createClient } from "@redis/client";
import { expect } from "chai";
import { RedisSessionStore } from "../../../../service/auth/redis-session-store.ts";
import { cacheKeyPrefix } from "../../../../service/contract.ts";
import { RedisConnection } from "../../../../service/platform/redis.ts";
import { RedisUserCache } from "../../../../service/platform/redis-user-cache.ts";
import { describeWith } from "../../../support/real-services.ts";
import { resources } from "../../rules/resources.ts";
import { allStacks } from "../../rules/rule.ts";

describeWith("REDIS_URL", "the cache's user on a real Redis", () => {
  describe("of an environment", () => testUser("ecobeat-staging-service", cacheKeyPrefix, "ecobeat-pr-7:"));
  describe("of previews", () => testUser("ecobeat-staging-preview", "ecobeat-pr-7:", cacheKeyPrefix));
});

/**
 * @param userName in ElastiCache
 * @param keyPrefix of the functions that use it
 * @param foreignPrefix of keys that others use
 */
function testUser(userName: string, keyPrefix: string, foreignPrefix: string): void {
  const name = `cache-access-${randomUUID()}`;
  const url = new URL(process.env.REDIS_URL ?? "redis://localhost");
  const admin = createClient({ url: url.href });
  url.username = name;
  url.password = "for-this-test-alone";
  const user = createClient({ url: url.href });

  before(async () => {
    const cacheUser = resources(allStacks(), "aws_elasticache_user").find(
      ({ attributes }) => attributes.user_name === userName,
    );
    const access: string[] = cacheUser!.attributes.access_string.split(" ");
    await admin.connect();
    await admin.sendCommand(["ACL", "SETUSER", name, `>${url.password}`, ...access]);
    await user.connect();
  });

  after(async () => {
    user.destroy();
    await admin.sendCommand(["ACL", "DELUSER", name]);
    admin.destroy();
  });

  it("may do all that the service's sessions need", async () => {
    const redis = new RedisConnection(url.href, { keyPrefix });
    const store = new RedisSessionStore(redis);
    const session = { userId: randomUUID(), id: "1" };
    const now = Date.now();
    const times = { now, idleMilliseconds: 60_000 };
    await store.ping();
    await store.create({
      session,
      tokenHash: "a",
      origin: {},
      authenticatedAt: now,
      ...times,
      absoluteMilliseconds: 60_000,
    });
    const rotation = { session, presented: "a", successor: "b", ...times, arrivedAt: now };
    expect((await store.rotate({ ...rotation, graceMilliseconds: 1_000 })).outcome).to.equal("rotated");
    await store.revoke(session);
    await store.revokeAll(session.userId, now);
    await redis.close();
  });

  it("may do all that the cache of users needs", async () => {
    const redis = new RedisConnection(url.href, { keyPrefix });
    await redis.run((client) => client.ping());
    const cache = new RedisUserCache(redis);
    const userId = randomUUID();
    let loads = 0;
    const read = () => cache.read(userId, "Profile", async () => ++loads);
    // A rejected command shows only here: the cache then stores nothing, and invalidates nothing.
    expect([await read(), await read()]).to.deep.equal([1, 1]);
    await cache.invalidate(userId, "Profile");
    expect([await read(), await read()]).to.deep.equal([2, 2]);
    await cache.invalidate(userId);
    expect(await read()).to.equal(3);
    await cache.invalidate(userId);
    await redis.close();
  });

  const rejected = [
    ["GET", `${foreignPrefix}{1}:cached`],
    ["EVAL", "return redis.call('GET', KEYS[1])", "1", `${foreignPrefix}{1}:cached`],
    ["GET", "someone:else"],
    ["SET", "someone:else", "1"],
    ["KEYS", "*"],
    ["SCAN", "0"],
    ["RANDOMKEY"],
    ["DBSIZE"],
    ["FLUSHALL"],
    ["FLUSHDB"],
    ["SWAPDB", "0", "1"],
    ["CONFIG", "GET", "*"],
    ["INFO"],
    ["MONITOR"],
    ["ACL", "LIST"],
    ["CLIENT", "LIST"],
    ["CLIENT", "KILL", "ID", "1"],
    ["SCRIPT", "FLUSH"],
    ["FUNCTION", "FLUSH"],
    ["SUBSCRIBE", "news"],
    ["EVAL", "return redis.call('GET', 'someone:else')", "0"],
    ["EVAL", "return redis.call('KEYS', '*')", "0"],
  ];
  for (const command of rejected) {
    it(`may not ${command.join(" ")}`, async () => {
      const reply = await user.sendCommand(command).catch((error: Error) => error);
      expect(reply).to.be.an("error");
      expect((reply as Error).message).to.match(/NOPERM|ACL|No permissions|can.t (access|run)/);
    });
  }

  it("may use keys of the service's prefix", async () => {
    expect(await user.sendCommand(["SET", `${keyPrefix}${name}`, "1", "PX", "1000"])).to.equal("OK");
  });
}
