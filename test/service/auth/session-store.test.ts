import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { maxSessionsOfUser, type NewSession, type SessionStore } from "../../../service/auth/session-store.ts";
import { cacheKeyPrefix } from "../../../service/contract.ts";
import { isThorough } from "../../support/thorough.ts";
import { describeStores, grace, lifetime, listKeys, newSession, now, openSession } from "./session-store-driver.ts";

/** The rules of a session, for any store. */
function sessionRules(store: () => SessionStore, newUser: () => string) {
  const open = (differs: Partial<NewSession> = {}, userId = newUser()) =>
    openSession(store(), newSession(userId, differs));

  it("ends all sessions only if they are still as they were listed", async () => {
    const { session, userId, rotate } = await open();
    const changes: [what: string, change: () => Promise<unknown>][] = [
      ["one was used", () => rotate(0, now + 1)],
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
    await rotate(0);
    expect(await rotate(0, now + grace)).to.equal("repeated");
    expect(await rotate(1, now + grace)).to.equal("rotated");
  });

  it("ends five generations when the first of them is used again", async () => {
    const { session, rotate } = await open();
    for (const generation of [0, 1, 2, 3, 4]) expect(await rotate(generation)).to.equal("rotated");
    expect(await rotate(0)).to.equal("reused");
    for (const generation of [1, 2, 3, 4, 5]) expect(await rotate(generation)).to.equal("unknown");
    expect(await store().isOpen(session, now)).to.equal(false);
  });

  it("lets a session live exactly its idle lifetime, counted from its last rotation", async () => {
    const { session, userId, rotate } = await open();
    expect(await rotate(0, now + lifetime - 1)).to.equal("rotated");
    const end = now + 2 * lifetime - 1;
    for (const [at, isOpen] of [
      [end - 1, true],
      [end, false],
    ] as const) {
      expect(await store().isOpen(session, at)).to.equal(isOpen);
      expect(await store().list(userId, at)).to.have.length(isOpen ? 1 : 0);
    }
    expect(await rotate(1, end)).to.equal("unknown");
  });

  it("lets no session live longer than its absolute lifetime, however often it is used", async () => {
    // Redis expires keys by its own clock, so that the steps are further apart than the test may take.
    const end = now + lifetime + 30_000;
    const { session, rotate } = await open({ absoluteMilliseconds: lifetime + 30_000 });
    expect(await rotate(0, now + lifetime - 1)).to.equal("rotated");
    expect(await rotate(1, end - 1)).to.equal("rotated");
    expect(await store().isOpen(session, end)).to.equal(false);
    expect(await rotate(2, end)).to.equal("unknown");
    const short = await open({ absoluteMilliseconds: 1_000 });
    expect(await store().isOpen(short.session, now + 999)).to.equal(true);
    expect(await store().isOpen(short.session, now + 1_000)).to.equal(false);
  });

  it("rotates once for 50 concurrent requests with the same token, again and again, and repeats for the others", async () => {
    const { rotate } = await open();
    for (let generation = 0; generation < (isThorough ? 1_000 : 100); generation++) {
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => rotate(generation)));
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
    await rotate(0, now + 9, "FR");
    await rotate(1, now + 10);
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
    await rotate(0, now + maxSessionsOfUser);
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
    expect(await mine.rotate(0)).to.equal("unknown");
    expect(await second.rotate(0)).to.equal("unknown");
    expect(await other.rotate(0)).to.equal("rotated");
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

describeStores("Sessions", sessionRules, (store, redis, newUser) => {
  it("set an expiry of at most the lifetime on each key", async () => {
    const { session, use } = await openSession(store, newSession(newUser(), { idleMilliseconds: 20_000 }));
    const expiries = async () => {
      const keys = await listKeys(redis, session.userId);
      expect(keys).to.have.length(2);
      return Promise.all(keys.map((key) => redis.run((client) => client.pTTL(key))));
    };
    for (const left of await expiries()) expect(left).to.be.within(1, 20_000);
    await use(0, { idleMilliseconds: lifetime });
    for (const left of await expiries()) expect(left).to.be.within(30_000, lifetime);
  });

  it("delete all keys when a user's sessions are revoked, except for a minute the time of it", async () => {
    const userId = newUser();
    await store.create(newSession(userId));
    await store.revokeAll(userId, now);
    const keys = await listKeys(redis, userId);
    expect(keys).to.deep.equal([`${cacheKeyPrefix}{${userId}}:revoked`]);
    expect(await redis.run((client) => client.pTTL(keys[0]!))).to.be.within(30_000, 60_000);
  });

  it("of a newer release keep what it has added, and go on", async () => {
    const { session, userId, use } = await openSession(store, newSession(newUser()));
    const key = `${cacheKeyPrefix}{${userId}}:session:${session.id}`;
    const added = { shape: "2", authenticatedBy: "passkey" };
    await redis.run((client) => client.hSet(key, added));
    expect((await use(0)).outcome).to.equal("rotated");
    expect((await use(0)).outcome).to.equal("repeated");
    expect(await redis.run((client) => client.hGetAll(key))).to.deep.include(added);
    expect((await store.list(userId, now)).map(({ id }) => id)).to.deep.equal([session.id]);
    expect(await store.isOpen(session, now)).to.equal(true);
  });

  it("say which release's fields they began with, and go on without those of later releases", async () => {
    const { session, userId, use } = await openSession(store, newSession(newUser()));
    const key = `${cacheKeyPrefix}{${userId}}:session:${session.id}`;
    expect(await redis.run((client) => client.hGet(key, "shape"))).to.equal("1");
    await redis.run((client) => client.hDel(key, ["shape", "device", "country"]));
    expect((await use(0)).outcome).to.equal("rotated");
    expect((await store.list(userId, now)).map(({ id }) => id)).to.deep.equal([session.id]);
    expect(await store.isOpen(session, now)).to.equal(true);
  });

  it("end when a full Redis evicts the set by which all of them would be ended", async () => {
    const { session, rotate } = await openSession(store, newSession(newUser()));
    await redis.run((client) => client.del(`${cacheKeyPrefix}{${session.userId}}:sessions`));
    await store.revokeAll(session.userId, now + 1);
    expect(await store.isOpen(session, now + 2)).to.equal(false);
    expect(await rotate(0, now + 2)).to.equal("unknown");
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
