import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { RedisSessionStore } from "../../../service/auth/redis-session-store.ts";
import type { SessionStore } from "../../../service/auth/session-store.ts";
import { cacheKeyPrefix } from "../../../service/contract.ts";
import { MemorySessionStore } from "../../../service/local/memory-session-store.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { describeWith } from "../../support/real-parts.ts";

const now = Date.now();
const lifetime = 60_000;
const grace = 10_000;

/** The rules of a session, for whatever keeps it. */
function sessionRules(store: () => SessionStore, newUser: () => string) {
  async function open() {
    const session = { userId: newUser(), id: randomUUID() };
    await store().create({ session, tokenHash: "t1", authenticatedAt: now, now, expiresAt: now + lifetime });
    const rotate = (presented: string, successor: string, at = now) =>
      store().rotate({
        session,
        presented,
        successor,
        now: at,
        expiresAt: at + lifetime,
        graceMilliseconds: grace,
      });
    return { session, rotate };
  }

  it("moves from one token to the next", async () => {
    const { rotate } = await open();
    expect(await rotate("t1", "t2")).to.equal("rotated");
    expect(await rotate("t2", "t3")).to.equal("rotated");
  });

  it("repeats a rotation within the grace time, to its last millisecond", async () => {
    const { rotate } = await open();
    await rotate("t1", "t2");
    expect(await rotate("t1", "t2", now + grace)).to.equal("repeated");
    expect(await rotate("t2", "t3", now + grace)).to.equal("rotated");
  });

  it("ends the session when a token is used again a millisecond after the grace time", async () => {
    const { rotate } = await open();
    await rotate("t1", "t2");
    expect(await rotate("t1", "t2", now + grace + 1)).to.equal("reused");
    expect(await rotate("t2", "t3", now + grace + 1)).to.equal("unknown");
  });

  it("ends the session when a token is used again after its successor was used, even at once", async () => {
    const { rotate } = await open();
    await rotate("t1", "t2");
    await rotate("t2", "t3");
    expect(await rotate("t1", "t2")).to.equal("reused");
    expect(await rotate("t3", "t4")).to.equal("unknown");
  });

  it("lets a session live exactly its lifetime, counted from its last rotation", async () => {
    const { rotate } = await open();
    expect(await rotate("t1", "t2", now + lifetime - 1)).to.equal("rotated");
    expect(await rotate("t2", "t3", now + 2 * lifetime - 1)).to.equal("unknown");
  });

  it("rotates once for 50 requests at once with the same token, and tells the others to repeat", async () => {
    const { rotate } = await open();
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => rotate("t1", "t2")));
    expect(outcomes.filter((outcome) => outcome === "rotated")).to.have.length(1);
    expect(outcomes.filter((outcome) => outcome === "repeated")).to.have.length(49);
  });

  it("knows no session after it was revoked, and takes a second revocation calmly", async () => {
    const { session, rotate } = await open();
    await store().revoke(session);
    await store().revoke(session);
    expect(await rotate("t1", "t2")).to.equal("unknown");
  });

  it("revokes all sessions of one user and none of another", async () => {
    const [mine, other] = [await open(), await open()];
    const second = { userId: mine.session.userId, id: randomUUID() };
    await store().create({
      session: second,
      tokenHash: "t1",
      authenticatedAt: now,
      now,
      expiresAt: now + lifetime,
    });
    await store().revokeAllOf(mine.session.userId, now);
    await store().revokeAllOf(mine.session.userId, now);
    expect(await mine.rotate("t1", "t2")).to.equal("unknown");
    expect(await other.rotate("t1", "t2")).to.equal("rotated");
  });

  it("opens no session for a login that was under way when all were ended, and does for a later one", async () => {
    const userId = newUser();
    const open = (authenticatedAt: number) =>
      store().create({
        session: { userId, id: randomUUID() },
        tokenHash: "t1",
        authenticatedAt,
        now: now + 5,
        expiresAt: now + lifetime,
      });
    await store().revokeAllOf(userId, now);
    expect(await open(now - 1)).to.equal(false);
    expect(await open(now)).to.equal(false);
    expect(await open(now + 1)).to.equal(true);
  });

  it("answers a ping", () => store().ping());
}

describe("Sessions in the process", () => {
  const store = new MemorySessionStore();
  sessionRules(() => store, randomUUID);
});

describeWith("REDIS_URL", "Sessions in Redis", () => {
  const redis = new RedisConnection(process.env.REDIS_URL!);
  const users: string[] = [];
  const newUser = () => {
    const user = randomUUID();
    users.push(user);
    return user;
  };
  const keysOf = (userId: string) => redis.run((client) => client.keys(`${cacheKeyPrefix}{${userId}}:*`));

  after(async () => {
    const keys = (await Promise.all(users.map(keysOf))).flat();
    if (keys.length > 0) await redis.run((client) => client.del(keys));
    await redis.close();
  });

  sessionRules(() => new RedisSessionStore(redis), newUser);

  it("leave no key without an expiry, at most the lifetime away", async () => {
    const store = new RedisSessionStore(redis);
    const session = { userId: newUser(), id: randomUUID() };
    await store.create({ session, tokenHash: "t1", authenticatedAt: now, now, expiresAt: now + lifetime });
    await store.rotate({
      session,
      presented: "t1",
      successor: "t2",
      now,
      expiresAt: now + lifetime,
      graceMilliseconds: grace,
    });
    const keys = await keysOf(session.userId);
    expect(keys).to.have.length(2);
    for (const key of keys) expect(await redis.run((client) => client.pTTL(key))).to.be.within(1, lifetime);
  });

  async function openedSession() {
    const store = new RedisSessionStore(redis);
    const userId = newUser();
    await store.create({
      session: { userId, id: randomUUID() },
      tokenHash: "t1",
      authenticatedAt: now,
      now,
      expiresAt: now + lifetime,
    });
    return { store, userId };
  }

  it("leave nothing behind when a user's sessions are revoked, but for a minute that they were", async () => {
    const { store, userId } = await openedSession();
    await store.revokeAllOf(userId, now);
    const keys = await keysOf(userId);
    expect(keys).to.deep.equal([`${cacheKeyPrefix}{${userId}}:revoked`]);
    expect(await redis.run((client) => client.pTTL(keys[0]!))).to.be.within(1, 60_000);
  });

  // Redis Cluster hashes only what stands between the first braces.
  it("keep all keys of a user in one slot of a cluster", async () => {
    const { userId } = await openedSession();
    const keys = await redis.run((client) => client.keys(`*${userId}*`));
    expect(keys).to.have.length(2);
    for (const key of keys) expect(/\{(.*?)\}/.exec(key)?.[1]).to.equal(userId);
  });
});
