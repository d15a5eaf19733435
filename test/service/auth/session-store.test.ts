import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { RedisSessionStore } from "../../../service/auth/redis-session-store.ts";
import {
  maxSessionsOfUser,
  type NewSession,
  type SessionStore,
} from "../../../service/auth/session-store.ts";
import { cacheKeyPrefix } from "../../../service/contract.ts";
import { MemorySessionStore } from "../../../service/local/memory-session-store.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { describeWith } from "../../support/real-services.ts";

const now = Date.now();
const lifetime = 60_000;
const grace = 10_000;

/** A session that begins now, in whatever differs. */
const newSession = (userId: string, differs: Partial<NewSession> = {}): NewSession => ({
  session: { userId, id: randomUUID() },
  tokenHash: "t1",
  origin: {},
  authenticatedAt: now,
  now,
  idleMilliseconds: lifetime,
  absoluteMilliseconds: 10 * lifetime,
  ...differs,
});

/** The rules of a session, for whatever keeps it. */
function sessionRules(store: () => SessionStore, newUser: () => string) {
  async function open(differs: Partial<NewSession> = {}, userId = newUser()) {
    const created = newSession(userId, differs);
    await store().create(created);
    const { session } = created;
    const rotate = (presented: string, successor: string, at = now, country?: string) =>
      store().rotate({
        session,
        presented,
        successor,
        country,
        now: at,
        arrivedAt: at,
        idleMilliseconds: lifetime,
        graceMilliseconds: grace,
      });
    return { session, userId, rotate };
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

  it("ends five generations when the first of them is used again", async () => {
    const { session, rotate } = await open();
    for (const generation of [1, 2, 3, 4, 5]) await rotate(`t${generation}`, `t${generation + 1}`);
    expect(await rotate("t1", "t2")).to.equal("reused");
    for (const generation of [2, 3, 4, 5, 6]) {
      expect(await rotate(`t${generation}`, `t${generation + 1}`)).to.equal("unknown");
    }
    expect(await store().isOpen(session, now)).to.equal(false);
  });

  it("lets a session live exactly its idle lifetime, counted from its last rotation", async () => {
    const { session, rotate } = await open();
    expect(await rotate("t1", "t2", now + lifetime - 1)).to.equal("rotated");
    expect(await store().isOpen(session, now + 2 * lifetime - 2)).to.equal(true);
    expect(await store().isOpen(session, now + 2 * lifetime - 1)).to.equal(false);
    expect(await rotate("t2", "t3", now + 2 * lifetime - 1)).to.equal("unknown");
  });

  it("lets no session live longer than its absolute lifetime, however often it is used", async () => {
    // Redis forgets by its own clock, so that the steps are further apart than the test may take.
    const end = now + lifetime + 30_000;
    const { session, rotate } = await open({ absoluteMilliseconds: lifetime + 30_000 });
    expect(await rotate("t1", "t2", now + lifetime - 1)).to.equal("rotated");
    expect(await rotate("t2", "t3", end - 1)).to.equal("rotated");
    expect(await store().isOpen(session, end)).to.equal(false);
    expect(await rotate("t3", "t4", end)).to.equal("unknown");
  });

  it("rotates once for 50 requests at once with the same token, 1,000 times, and tells the others to repeat", async () => {
    const { rotate } = await open();
    for (let generation = 1; generation <= 1_000; generation++) {
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, () => rotate(`t${generation}`, `t${generation + 1}`)),
      );
      expect(outcomes.filter((outcome) => outcome === "rotated")).to.have.length(1);
      expect(outcomes.filter((outcome) => outcome === "repeated")).to.have.length(49);
    }
  });

  it("shows a user's open sessions, the one used last first, and by what to recognise them", async () => {
    const {
      userId,
      session: phone,
      rotate,
    } = await open({ origin: { device: "Ann's phone", country: "IT" } });
    const { session: tablet } = await open({ now: now + 1 }, userId);
    await open({ idleMilliseconds: 5 }, userId);
    await open();
    await rotate("t1", "t2", now + 10, "FR");
    expect(await store().list(userId, now + 10)).to.deep.equal([
      { id: phone.id, createdAt: now, lastUsedAt: now + 10, device: "Ann's phone", country: "FR" },
      { id: tablet.id, createdAt: now + 1, lastUsedAt: now + 1 },
    ]);
    expect(await store().list(newUser(), now)).to.deep.equal([]);
  });

  it("keeps the country when a rotation does not know one", async () => {
    const { userId, rotate } = await open({ origin: { country: "IT" } });
    await rotate("t1", "t2");
    expect((await store().list(userId, now))[0]).to.include({ country: "IT" });
  });

  it(`keeps ${maxSessionsOfUser} sessions of a user, and drops that which ends first for one more`, async () => {
    const { userId, session: first } = await open();
    for (let more = 1; more < maxSessionsOfUser; more++) await open({ now: now + more }, userId);
    expect(await store().isOpen(first, now)).to.equal(true);
    await open({ now: now + maxSessionsOfUser }, userId);
    expect(await store().isOpen(first, now)).to.equal(false);
    expect(await store().list(userId, now)).to.have.length(maxSessionsOfUser);
  });

  it("drops no session that was opened first but used since, and so ends later than others", async () => {
    const { userId, session: first, rotate } = await open();
    const { session: second } = await open({ now: now + 1 }, userId);
    for (let more = 2; more < maxSessionsOfUser; more++) await open({ now: now + more }, userId);
    await rotate("t1", "t2", now + maxSessionsOfUser);
    await open({ now: now + maxSessionsOfUser }, userId);
    expect(await store().isOpen(first, now)).to.equal(true);
    expect(await store().isOpen(second, now)).to.equal(false);
  });

  it("lets no session live longer than its absolute lifetime, should that be the shorter one", async () => {
    const { session } = await open({ absoluteMilliseconds: 1_000 });
    expect(await store().isOpen(session, now + 999)).to.equal(true);
    expect(await store().isOpen(session, now + 1_000)).to.equal(false);
  });

  it("shows a session until the very millisecond at which it ends", async () => {
    const { userId } = await open();
    expect(await store().list(userId, now + lifetime - 1)).to.have.length(1);
    expect(await store().list(userId, now + lifetime)).to.have.length(0);
  });

  it("drops another session for a new one that ends before them all", async () => {
    const userId = newUser();
    for (let more = 0; more < maxSessionsOfUser; more++) await open({ now: now + more }, userId);
    const { session } = await open({ idleMilliseconds: 1_000 }, userId);
    expect(await store().isOpen(session, now)).to.equal(true);
    expect(await store().list(userId, now)).to.have.length(maxSessionsOfUser);
  });

  it("knows no session after it was revoked, and takes a second revocation calmly", async () => {
    const { session, rotate } = await open();
    expect(await store().revoke(session)).to.equal(true);
    expect(await store().revoke(session)).to.equal(false);
    expect(await store().isOpen(session, now)).to.equal(false);
    expect(await rotate("t1", "t2")).to.equal("unknown");
  });

  it("revokes all sessions of one user and none of another", async () => {
    const [mine, other] = [await open(), await open()];
    const second = await open({}, mine.userId);
    await store().revokeAll(mine.userId, now);
    await store().revokeAll(mine.userId, now);
    expect(await mine.rotate("t1", "t2")).to.equal("unknown");
    expect(await second.rotate("t1", "t2")).to.equal("unknown");
    expect(await other.rotate("t1", "t2")).to.equal("rotated");
  });

  it("revokes all sessions of a user but one", async () => {
    const mine = await open();
    const second = await open({}, mine.userId);
    await store().revokeAll(mine.userId, now, mine.session.id);
    expect(await second.rotate("t1", "t2")).to.equal("unknown");
    expect((await store().list(mine.userId, now)).map(({ id }) => id)).to.deep.equal([mine.session.id]);
    expect(await mine.rotate("t1", "t2")).to.equal("rotated");
  });

  it("opens no session for a login that was under way when all were ended, and does for a later one", async () => {
    const userId = newUser();
    const login = (authenticatedAt: number) =>
      store().create(newSession(userId, { authenticatedAt, now: now + 5 }));
    await store().revokeAll(userId, now);
    expect(await login(now - 1)).to.equal(false);
    expect(await login(now)).to.equal(false);
    expect(await login(now + 1)).to.equal(true);
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
    const created = newSession(newUser(), { idleMilliseconds: 20_000 });
    const { session } = created;
    const times = async () => {
      const keys = await keysOf(session.userId);
      expect(keys).to.have.length(2);
      return Promise.all(keys.map((key) => redis.run((client) => client.pTTL(key))));
    };
    await store.create(created);
    for (const left of await times()) expect(left).to.be.within(1, 20_000);
    const rotation = { session, presented: "t1", successor: "t2", now, arrivedAt: now };
    await store.rotate({ ...rotation, idleMilliseconds: lifetime, graceMilliseconds: grace });
    for (const left of await times()) expect(left).to.be.within(30_000, lifetime);
  });

  async function openedSession() {
    const store = new RedisSessionStore(redis);
    const userId = newUser();
    await store.create(newSession(userId));
    return { store, userId };
  }

  it("leave nothing behind when a user's sessions are revoked, but for a minute that they were", async () => {
    const { store, userId } = await openedSession();
    await store.revokeAll(userId, now);
    const keys = await keysOf(userId);
    expect(keys).to.deep.equal([`${cacheKeyPrefix}{${userId}}:revoked`]);
    expect(await redis.run((client) => client.pTTL(keys[0]!))).to.be.within(30_000, 60_000);
  });

  it("are over when Redis, being full, dropped the set by which all of them would be ended", async () => {
    const created = newSession(newUser());
    const { session } = created;
    const store = new RedisSessionStore(redis);
    await store.create(created);
    await redis.run((client) => client.del(`${cacheKeyPrefix}{${session.userId}}:sessions`));
    await store.revokeAll(session.userId, now + 1);
    expect(await store.isOpen(session, now + 2)).to.equal(false);
    const rotation = { session, presented: "t1", successor: "t2", now: now + 2, arrivedAt: now + 2 };
    const outcome = await store.rotate({
      ...rotation,
      idleMilliseconds: lifetime,
      graceMilliseconds: grace,
    });
    expect(outcome).to.equal("unknown");
  });

  // Redis Cluster hashes only what stands between the first braces.
  it("keep all keys of a user in one slot of a cluster", async () => {
    const { userId } = await openedSession();
    const keys = await redis.run((client) => client.keys(`*${userId}*`));
    expect(keys).to.have.length(2);
    for (const key of keys) expect(/\{(.*?)\}/.exec(key)?.[1]).to.equal(userId);
  });
});
