import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { RedisSessionStore } from "../../../service/auth/redis-session-store.ts";
import { maxSessionsOfUser, type NewSession, type SessionStore } from "../../../service/auth/session-store.ts";
import { cacheKeyPrefix } from "../../../service/contract.ts";
import { MemorySessionStore } from "../../../service/local/memory-session-store.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { describeWith } from "../../support/real-services.ts";

const now = Date.now();
const lifetime = 60_000;
const grace = 10_000;

/** A session that begins now, with some different members. */
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

/** The rules of a session, for any store. */
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

  it("ends all sessions only if they are still as they were listed", async () => {
    const { session, userId, rotate } = await open();
    const changes: [what: string, change: () => Promise<unknown>][] = [
      ["one was used", () => rotate("t1", "t2", now + 1)],
      ["one was opened", () => open({}, userId)],
      ["one has ended", async () => store().revoke((await open({}, userId)).session)],
    ];
    for (const [what, change] of changes) {
      const listed = await store().list(userId, now + 1);
      if (what === "one has ended") listed.push({ ...listed[0]!, id: randomUUID() });
      await change();
      const open = await store().list(userId, now + 1);
      expect(await store().revokeAll(userId, now + 1, session.id, listed), what).to.equal(false);
      expect(await store().list(userId, now + 1), what).to.deep.equal(open);
    }
    const listed = await store().list(userId, now + 1);
    expect(listed).to.have.length(2);
    expect(await store().revokeAll(userId, now + 1, session.id, listed)).to.equal(true);
    expect((await store().list(userId, now + 1)).map(({ id }) => id)).to.deep.equal([session.id]);
    expect(await store().revokeAll(newUser(), now, undefined, [])).to.equal(true);
  });

  it("repeats a rotation within the grace period, to its last millisecond", async () => {
    const { rotate } = await open();
    await rotate("t1", "t2");
    expect(await rotate("t1", "t2", now + grace)).to.equal("repeated");
    expect(await rotate("t2", "t3", now + grace)).to.equal("rotated");
  });

  it("ends the session when a token is used again a millisecond after the grace period", async () => {
    const { rotate } = await open();
    await rotate("t1", "t2");
    expect(await rotate("t1", "t2", now + grace + 1)).to.equal("reused");
    expect(await rotate("t2", "t3", now + grace + 1)).to.equal("unknown");
  });

  it("ends five generations when the first of them is used again", async () => {
    const { session, rotate } = await open();
    for (const generation of [1, 2, 3, 4, 5])
      expect(await rotate(`t${generation}`, `t${generation + 1}`)).to.equal("rotated");
    expect(await rotate("t1", "t2")).to.equal("reused");
    for (const generation of [2, 3, 4, 5, 6]) {
      expect(await rotate(`t${generation}`, `t${generation + 1}`)).to.equal("unknown");
    }
    expect(await store().isOpen(session, now)).to.equal(false);
  });

  it("lets a session live exactly its idle lifetime, counted from its last rotation", async () => {
    const { session, userId, rotate } = await open();
    expect(await rotate("t1", "t2", now + lifetime - 1)).to.equal("rotated");
    const end = now + 2 * lifetime - 1;
    for (const [at, isOpen] of [
      [end - 1, true],
      [end, false],
    ] as const) {
      expect(await store().isOpen(session, at)).to.equal(isOpen);
      expect(await store().list(userId, at)).to.have.length(isOpen ? 1 : 0);
    }
    expect(await rotate("t2", "t3", end)).to.equal("unknown");
  });

  it("lets no session live longer than its absolute lifetime, however often it is used", async () => {
    // Redis expires keys by its own clock, so that the steps are further apart than the test may take.
    const end = now + lifetime + 30_000;
    const { session, rotate } = await open({ absoluteMilliseconds: lifetime + 30_000 });
    expect(await rotate("t1", "t2", now + lifetime - 1)).to.equal("rotated");
    expect(await rotate("t2", "t3", end - 1)).to.equal("rotated");
    expect(await store().isOpen(session, end)).to.equal(false);
    expect(await rotate("t3", "t4", end)).to.equal("unknown");
    const short = await open({ absoluteMilliseconds: 1_000 });
    expect(await store().isOpen(short.session, now + 999)).to.equal(true);
    expect(await store().isOpen(short.session, now + 1_000)).to.equal(false);
  });

  it("rotates once for 50 concurrent requests with the same token, 1,000 times, and repeats for the others", async () => {
    const { rotate } = await open();
    for (let generation = 1; generation <= 1_000; generation++) {
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, () => rotate(`t${generation}`, `t${generation + 1}`)),
      );
      expect(outcomes.filter((outcome) => outcome === "rotated")).to.have.length(1);
      expect(outcomes.filter((outcome) => outcome === "repeated")).to.have.length(49);
    }
  });

  it("lists a user's open sessions, most recently used first, with device and country", async () => {
    const phone = await open({ origin: { device: "Ann's phone", country: "IT" } });
    const { userId, rotate } = phone;
    const tablet = await open({ now: now + 1 }, userId);
    await open({ idleMilliseconds: 5 }, userId);
    await open();
    await rotate("t1", "t2", now + 9, "FR");
    await rotate("t2", "t3", now + 10);
    expect(await store().list(userId, now + 10)).to.deep.equal([
      { id: phone.session.id, createdAt: now, lastUsedAt: now + 10, device: "Ann's phone", country: "FR" },
      { id: tablet.session.id, createdAt: now + 1, lastUsedAt: now + 1 },
    ]);
    expect(await store().list(newUser(), now)).to.deep.equal([]);
  });

  it("does not replace the oldest session if it was used since, and so ends later than others", async () => {
    const { userId, session: first, rotate } = await open();
    const { session: second } = await open({ now: now + 1 }, userId);
    for (let more = 2; more < maxSessionsOfUser; more++) await open({ now: now + more }, userId);
    await rotate("t1", "t2", now + maxSessionsOfUser);
    await open({ now: now + maxSessionsOfUser }, userId);
    expect(await store().isOpen(first, now)).to.equal(true);
    expect(await store().isOpen(second, now)).to.equal(false);
  });

  it("replaces another session by a new one that ends before them all", async () => {
    const userId = newUser();
    for (let more = 0; more < maxSessionsOfUser; more++) await open({ now: now + more }, userId);
    const { session } = await open({ idleMilliseconds: 1_000 }, userId);
    expect(await store().isOpen(session, now)).to.equal(true);
    expect(await store().list(userId, now)).to.have.length(maxSessionsOfUser);
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

  it("opens no session for a login in progress when all were ended, but for a later one", async () => {
    const userId = newUser();
    const login = (authenticatedAt: number) => store().create(newSession(userId, { authenticatedAt, now: now + 5 }));
    await store().revokeAll(userId, now);
    expect(await login(now - 1)).to.equal(false);
    expect(await login(now)).to.equal(false);
    expect(await login(now + 1)).to.equal(true);
  });
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
  const listKeys = (userId: string) => redis.run((client) => client.keys(`${cacheKeyPrefix}{${userId}}:*`));

  after(async () => {
    const keys = (await Promise.all(users.map(listKeys))).flat();
    if (keys.length > 0) await redis.run((client) => client.del(keys));
    await redis.close();
  });

  const store = new RedisSessionStore(redis);
  sessionRules(() => store, newUser);
  const times = { idleMilliseconds: lifetime, graceMilliseconds: grace };

  it("set an expiry of at most the lifetime on each key", async () => {
    const created = newSession(newUser(), { idleMilliseconds: 20_000 });
    const { session } = created;
    const expiries = async () => {
      const keys = await listKeys(session.userId);
      expect(keys).to.have.length(2);
      return Promise.all(keys.map((key) => redis.run((client) => client.pTTL(key))));
    };
    await store.create(created);
    for (const left of await expiries()) expect(left).to.be.within(1, 20_000);
    await store.rotate({ session, presented: "t1", successor: "t2", now, arrivedAt: now, ...times });
    for (const left of await expiries()) expect(left).to.be.within(30_000, lifetime);
  });

  it("delete all keys when a user's sessions are revoked, except for a minute the time of it", async () => {
    const userId = newUser();
    await store.create(newSession(userId));
    await store.revokeAll(userId, now);
    const keys = await listKeys(userId);
    expect(keys).to.deep.equal([`${cacheKeyPrefix}{${userId}}:revoked`]);
    expect(await redis.run((client) => client.pTTL(keys[0]!))).to.be.within(30_000, 60_000);
  });

  it("end when a full Redis evicts the set by which all of them would be ended", async () => {
    const created = newSession(newUser());
    const { session } = created;
    await store.create(created);
    await redis.run((client) => client.del(`${cacheKeyPrefix}{${session.userId}}:sessions`));
    await store.revokeAll(session.userId, now + 1);
    expect(await store.isOpen(session, now + 2)).to.equal(false);
    const rotation = { session, presented: "t1", successor: "t2", now: now + 2, arrivedAt: now + 2 };
    expect(await store.rotate({ ...rotation, ...times })).to.equal("unknown");
  });

  // Redis Cluster hashes only what stands between the first braces.
  it("keep all keys of a user in one slot of a cluster", async () => {
    const userId = newUser();
    await store.create(newSession(userId));
    const keys = await redis.run((client) => client.keys(`*${userId}*`));
    expect(keys).to.have.length(2);
    for (const key of keys) expect(/\{(.*?)\}/.exec(key)?.[1]).to.equal(userId);
  });
});
