import { expect } from "chai";
import { lateRepeats, type NewSession, type SessionStore } from "../../../service/auth/session-store.ts";
import { cacheKeyPrefix } from "../../../service/contract.ts";
import { describeStores, grace, lifetime, listKeys, newSession, now, openSession } from "./session-store-driver.ts";

const period = lateRepeats.periodMilliseconds;
const late = now + grace + 1;

/** Long enough for the period in which late repeats count. */
const long = { idleMilliseconds: 3 * period, absoluteMilliseconds: 10 * period };

/** The rules for clients that lost a response, and for stores that lost a rotation. */
function lostRotationRules(store: () => SessionStore, newUser: () => string) {
  const open = (differs: Partial<NewSession> = {}) =>
    openSession(store(), newSession(newUser(), { ...long, ...differs }));

  describe("when the response was lost", () => {
    it("repeats the rotation late three times within a day, and takes the fourth for reuse", async () => {
      const { session, rotate } = await open();
      await rotate(0);
      for (const at of [late, late, late + period - 2]) expect(await rotate(0, at)).to.equal("repeated late");
      expect(await rotate(0, late + period - 1)).to.equal("reused");
      expect(await store().isOpen(session, now)).to.equal(false);
      expect(await rotate(1, late + period - 1)).to.equal("unknown");
    });

    it("counts each late repeat for a day, to the millisecond", async () => {
      const { rotate } = await open();
      await rotate(0);
      for (const at of [0, 1, 2, period, period + 1, period + 2])
        expect(await rotate(0, late + at), `${at}`).to.equal("repeated late");
      expect(await rotate(0, late + 2 * period - 1)).to.equal("reused");
    });

    it("counts late repeats of all generations of the session together", async () => {
      const { rotate } = await open();
      for (const generation of [0, 1, 2]) {
        const at = now + 60_000 * generation;
        expect(await rotate(generation, at)).to.equal("rotated");
        expect(await rotate(generation, at + grace)).to.equal("repeated");
        expect(await rotate(generation, at + grace + 1)).to.equal("repeated late");
      }
      expect(await rotate(3, now + 180_000)).to.equal("rotated");
      expect(await rotate(3, now + 180_000 + grace)).to.equal("repeated");
      expect(await rotate(3, now + 180_001 + grace)).to.equal("reused");
    });

    it("counts the late repeats of one session alone", async () => {
      const [mine, other] = [await open(), await open()];
      for (const { rotate } of [mine, other]) {
        await rotate(0);
        for (const at of [late, late, late]) expect(await rotate(0, at)).to.equal("repeated late");
      }
    });

    it("counts from the arrival whether it is late, and when it was by the clock", async () => {
      const { use, rotate } = await open();
      await rotate(0);
      const delayed = await use(0, { at: now + 60_000, arrivedAt: now + grace });
      expect(delayed.outcome).to.equal("repeated");
      for (let count = 0; count < 3; count++)
        expect((await use(0, { at: late + 60_000, arrivedAt: late })).outcome).to.equal("repeated late");
      expect((await use(0, { at: late + period, arrivedAt: late })).outcome).to.equal("reused");
    });

    it("counts late repeats by the clock of another function, which is behind", async () => {
      const { rotate } = await open();
      await rotate(0);
      for (const at of [late + 5, late + 5, late + 5]) expect(await rotate(0, at)).to.equal("repeated late");
      expect(await rotate(0, late)).to.equal("reused");
    });

    it("extends neither last use nor expiry by a repeat, and leaves the country", async () => {
      const { session, userId, use, rotate } = await open({ idleMilliseconds: lifetime, origin: { country: "IT" } });
      await rotate(0, now + 1);
      for (const at of [now + 2, now + lifetime]) await use(0, { at, country: "FR" });
      const [listed] = await store().list(userId, now + lifetime);
      expect(listed).to.include({ lastUsedAt: now + 1, country: "IT" });
      expect(await store().isOpen(session, now + lifetime)).to.equal(true);
      expect(await store().isOpen(session, now + lifetime + 1)).to.equal(false);
      expect(await rotate(0, now + lifetime + 1)).to.equal("unknown");
    });

    it("accepts three of 50 concurrent late repeats", async () => {
      const { rotate } = await open();
      await rotate(0);
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => rotate(0, late)));
      const count = (expected: string) => outcomes.filter((outcome) => outcome === expected).length;
      expect(["repeated late", "reused", "unknown"].map(count)).to.deep.equal([3, 1, 46]);
    });
  });

  describe("when the store lost rotations that it had acknowledged", () => {
    it("continues with a token of a later generation, as with any", async () => {
      const { session, userId, use, rotate } = await open();
      await rotate(0);
      expect(await use(4, { at: now + 7, country: "FR" })).to.deep.equal({ outcome: "recovered", generation: 5 });
      expect(await store().list(userId, now)).to.deep.equal([
        { id: session.id, createdAt: now, lastUsedAt: now + 7, country: "FR" },
      ]);
      expect(await rotate(4, now + 8)).to.equal("repeated");
      expect(await rotate(4, late + 7)).to.equal("repeated late");
      expect(await use(5)).to.deep.equal({ outcome: "rotated", generation: 6 });
      expect(await rotate(4)).to.equal("reused");
      expect(await rotate(6)).to.equal("unknown");
    });

    it("recovers for one of 50 concurrent requests, and repeats for the others", async () => {
      const { rotate } = await open();
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => rotate(3)));
      expect(outcomes.filter((outcome) => outcome === "recovered")).to.have.length(1);
      expect(outcomes.filter((outcome) => outcome === "repeated")).to.have.length(49);
    });

    it("continues with a still later one, after a thief used one that the store had lost", async () => {
      const { rotate } = await open();
      expect(await rotate(2)).to.equal("recovered");
      expect(await rotate(5)).to.equal("recovered");
      expect(await rotate(3)).to.equal("reused");
    });

    it("extends a session by that, but not beyond its absolute lifetime", async () => {
      const { session, rotate } = await open({ idleMilliseconds: lifetime, absoluteMilliseconds: lifetime + 5 });
      expect(await rotate(3, now + lifetime - 1)).to.equal("recovered");
      expect(await store().isOpen(session, now + lifetime + 4)).to.equal(true);
      expect(await store().isOpen(session, now + lifetime + 5)).to.equal(false);
    });

    it("knows no session that has expired, was ended or is itself lost, whatever the generation", async () => {
      const { session, rotate } = await open({ idleMilliseconds: lifetime });
      expect(await rotate(9, now + lifetime)).to.equal("unknown");
      await store().revoke(session);
      expect(await rotate(9)).to.equal("unknown");
    });
  });

  describe("when a token was used before", () => {
    for (const [what, uses, index, generation] of [
      ["a token of a generation before the parent's", 3, 0, 0],
      ["another token of the parent's generation", 3, 9, 2],
      ["another token of the same generation", 3, 9, 3],
      ["an unknown token without a generation", 3, 9, "none"],
    ] as const) {
      it(`ends the session for ${what}`, async () => {
        const { session, use, rotate } = await open();
        for (let used = 0; used < uses; used++) await rotate(used);
        expect(await use(index, { generation })).to.deep.equal({ outcome: "reused", generation: 0 });
        expect(await store().isOpen(session, now)).to.equal(false);
      });
    }
  });

  it("counts generations on, whether the tokens carry theirs or not", async () => {
    const { use } = await open();
    const generations = [];
    for (const [index, generation] of (["none", "none", 2, "none", 4] as const).entries())
      generations.push((await use(index, { generation })).generation);
    expect(generations).to.deep.equal([1, 2, 3, 4, 5]);
    expect(await use(4, { generation: "none" })).to.deep.equal({ outcome: "repeated", generation: 5, stored: "t5" });
    expect(await use(4, { generation: "none", at: late })).to.deep.equal({
      outcome: "repeated late",
      generation: 5,
      stored: "t5",
    });
    expect((await use(3, { generation: "none" })).outcome).to.equal("reused");
  });
}

describeStores("Sessions that lost a response or a rotation,", lostRotationRules, (store, redis, newUser) => {
  const read = ({ userId, id }: { userId: string; id: string }) => {
    const key = `${cacheKeyPrefix}{${userId}}:session:${id}`;
    return redis.run(async (client) => ({
      hash: { ...(await client.hGetAll(key)) },
      score: await client.zScore(`${cacheKeyPrefix}{${userId}}:sessions`, id),
      expiresAt: await client.pExpireTime(key),
    }));
  };

  it("keep the times of at most three late repeats, and change nothing else by them", async () => {
    const { session, rotate } = await openSession(store, newSession(newUser(), long));
    await rotate(0);
    const before = await read(session);
    expect(before.hash).to.include({ generation: "1" }).and.not.to.have.property("lateRepeats");
    for (const at of [0, 1, 2, period]) await rotate(0, late + at);
    const lateTimes = [1, 2, period].map((at) => late + at).join(" ");
    expect(await read(session)).to.deep.equal({ ...before, hash: { ...before.hash, lateRepeats: lateTimes } });
  });

  it("go on after a failover to a replica that misses the last rotations", async () => {
    const created = newSession(newUser(), { ...long, origin: { country: "IT" } });
    const { session, userId, use, rotate } = await openSession(store, created);
    await rotate(0, now + 1);
    const keys = await listKeys(redis, userId);
    const copyKeys = (from: string, to: string) =>
      redis.run((client) => Promise.all(keys.map((key) => client.copy(key + from, key + to, { REPLACE: true }))));
    await copyKeys("", ":replica");
    const replica = await read(session);
    for (const index of [1, 2, 3]) await use(index, { at: now + 1_000 * index, country: "FR" });
    await copyKeys(":replica", "");
    expect(await read(session)).to.deep.equal(replica);
    expect((await use(4, { at: now + 5_000 })).outcome).to.equal("recovered");
    expect(await store.list(userId, now)).to.deep.equal([
      { id: session.id, createdAt: now, lastUsedAt: now + 5_000, country: "IT" },
    ]);
    expect((await read(session)).score).to.equal(now + 5_000 + long.idleMilliseconds);
    expect(await rotate(3)).to.equal("reused");
  });
});
