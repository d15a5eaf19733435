import { expect } from "chai";
import { SigningKeyRing } from "../../../service/auth/signing-key-ring.ts";
import type { SigningKey, StagedKeys } from "../../../service/auth/signing-keys.ts";
import { signingKeysNoticeSeconds } from "../../../service/contract.ts";
import { jsonLogger } from "../../../service/platform/logging.ts";

const named = (kid: string) => ({ kid, publicJwk: { kid } }) as SigningKey;

describe("The ring of signing keys", () => {
  let staged: StagedKeys;
  let reads: number;
  let withdrawals: number;
  let failing: boolean;
  let now: number;
  let lines: string[];
  let ring: SigningKeyRing;

  beforeEach(() => {
    staged = { current: named("a") };
    [reads, withdrawals, failing, now, lines] = [0, 0, false, 0, []];
    const load = async () => {
      reads += 1;
      if (failing) throw new Error("unreachable");
      return staged;
    };
    const log = jsonLogger((line) => lines.push(line));
    ring = new SigningKeyRing(
      load,
      () => now,
      log,
      () => {
        withdrawals += 1;
      },
    );
  });

  const currentKid = async () => (await ring.current()).kid;
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it("reads the keys once for many concurrent requests", async () => {
    await Promise.all(Array.from({ length: 50 }, () => ring.current()));
    expect(reads).to.equal(1);
  });

  it("publishes all stages, the signing key first", async () => {
    staged = { current: named("b"), next: named("c"), previous: named("a") };
    expect((await ring.published()).map(({ kid }) => kid)).to.deep.equal(["b", "c", "a"]);
    for (const kid of ["a", "b", "c"]) expect((await ring.find(kid))?.kid).to.equal(kid);
    expect(reads).to.equal(1);
  });

  it("reads again in parallel with a request after 30 s, and before one after 60 s", async () => {
    await ring.current();
    staged = { current: named("b") };
    now = 30_000;
    expect([await currentKid(), reads]).to.deep.equal(["a", 1]);
    now = 30_001;
    expect([await currentKid(), reads]).to.deep.equal(["a", 2]);
    await settled();
    expect(await currentKid()).to.equal("b");
    staged = { current: named("c") };
    now += 60_000;
    expect([await currentKid(), reads]).to.deep.equal(["b", 3]);
    await settled();
    now += 60_001;
    expect([await currentKid(), reads]).to.deep.equal(["c", 4]);
  });

  it("searches an unknown key at most once in 30 s, however many ids an attacker sends", async () => {
    await ring.current();
    await Promise.all(Array.from({ length: 100 }, (_, index) => ring.find(`unknown-${index}`)));
    expect(reads).to.equal(2);
    now = 29_999;
    await ring.find("unknown");
    expect(reads).to.equal(2);
    now = 30_000;
    await ring.find("unknown");
    expect(reads).to.equal(3);
  });

  it("finds a key that was published after the last read", async () => {
    await ring.current();
    staged = { current: named("a"), next: named("b") };
    expect((await ring.find("b"))?.kid).to.equal("b");
  });

  it("does not use a read that began before the function was frozen", async () => {
    let resolve: (keys: StagedKeys) => void = () => {};
    const reads = [async () => ({ current: named("a") }), () => new Promise<StagedKeys>((done) => (resolve = done))];
    const later = async () => ({ current: named("c") });
    const frozen = new SigningKeyRing(
      () => (reads.shift() ?? later)(),
      () => now,
      jsonLogger(() => {}),
    );
    await frozen.current();
    now = 31_000;
    await frozen.current();
    now = 3_600_000;
    const awake = frozen.current();
    resolve({ current: named("b") });
    expect((await awake).kid).to.equal("c");
    await settled();
    expect((await frozen.current()).kid).to.equal("c");
  });

  describe("with slow reads", () => {
    let pending: { resolve: (keys: StagedKeys) => void; fail: (error: Error) => void }[];
    let slow: SigningKeyRing;
    const kid = async () => (await slow.current()).kid;

    beforeEach(async () => {
      pending = [];
      slow = new SigningKeyRing(
        () => new Promise<StagedKeys>((resolve, fail) => pending.push({ resolve, fail })),
        () => now,
        jsonLogger(() => {}),
      );
      const first = kid();
      now = 20_000;
      pending[0]!.resolve({ current: named("a") });
      await first;
    });

    /** Two reads in progress, the second because the first took too long. */
    async function readTwice() {
      now = 31_000;
      expect(await kid()).to.equal("a");
      now = 62_000;
      const second = kid();
      expect(pending).to.have.length(3);
      return second;
    }

    it("counts the age of keys from the start of the read", async () => {
      now = 30_001;
      expect(await kid()).to.equal("a");
      expect(pending).to.have.length(2);
    });

    it("never replaces newer keys by older ones", async () => {
      const second = readTwice();
      await settled();
      pending[2]!.resolve({ current: named("c") });
      expect(await second).to.equal("c");
      pending[1]!.resolve({ current: named("b") });
      await settled();
      expect(await kid()).to.equal("c");
    });

    it("does not read again because an older read succeeded or failed", async () => {
      const second = readTwice();
      await settled();
      pending[1]!.fail(new Error("unreachable"));
      await settled();
      expect(await kid()).to.equal("a");
      expect(pending).to.have.length(3);
      pending[2]!.resolve({ current: named("c") });
      expect([await second, await kid()]).to.deep.equal(["c", "c"]);
    });

    it("does not read again because an older read fails after a newer one succeeded", async () => {
      const second = readTwice();
      await settled();
      pending[2]!.resolve({ current: named("c") });
      await second;
      pending[1]!.fail(new Error("unreachable"));
      await settled();
      expect(await kid()).to.equal("c");
      expect(pending).to.have.length(3);
    });

    it("lets no request wait forever while it has keys", async () => {
      now = 3_600_000;
      expect((await slow.find("a"))?.kid).to.equal("a");
    });

    it("uses keys that are newer than the known ones, even if a later read failed", async () => {
      const second = readTwice();
      await settled();
      pending[2]!.fail(new Error("unreachable"));
      expect(await second).to.equal("a");
      pending[1]!.resolve({ current: named("b") });
      await settled();
      expect(await kid()).to.equal("b");
    });
  });

  describe("when the keys cannot be read", () => {
    const failure = (work: Promise<unknown>) =>
      work.then(
        () => "succeeded",
        ({ name }) => name,
      );
    const logged = () => lines.filter((line) => line.includes("signing keys could not be read")).length;
    /** A request each 10 s, until the time given. */
    async function pass(until: number) {
      for (; now + 10_000 <= until; ) {
        now += 10_000;
        ring.isFresh();
        await settled();
      }
      now = until;
    }
    const limit = signingKeysNoticeSeconds * 1_000;

    beforeEach(async () => {
      staged = { current: named("a"), previous: named("b") };
      await ring.current();
      failing = true;
    });

    it("uses the known keys for as long as rotations wait, and not a second longer", async () => {
      await pass(limit - 1);
      expect(await currentKid()).to.equal("a");
      await pass(limit);
      expect(await failure(ring.current())).to.equal("UnavailableError");
      expect(await failure(ring.find("unknown"))).to.equal("UnavailableError");
    });

    it("calls no key unknown: after an emergency, a new one may sign by now", async () => {
      for (const seconds of [31, 40, 70]) {
        now = seconds * 1_000;
        expect(await failure(ring.find("unknown"))).to.equal("UnavailableError");
      }
      [failing, staged] = [false, { current: named("new") }];
      now = 101_000;
      expect((await ring.find("new"))?.kid).to.equal("new");
      expect(await ring.find("unknown")).to.equal(undefined);
    });

    it("still publishes the known keys, and verifies with them", async () => {
      now = 3_600_000;
      for (const kid of ["a", "b"]) expect((await ring.find(kid))?.kid).to.equal(kid);
      expect(await ring.published()).to.have.length(2);
      expect(ring.isFresh()).to.equal(true);
    });

    it("tries about every 30 s, and logs each failure", async () => {
      await pass(400_000);
      expect([reads - 1, logged()]).to.deep.equal([10, 10]);
      await Promise.all(Array.from({ length: 50 }, () => failure(ring.current())));
      expect(reads - 1).to.equal(10);
    });

    it("recovers as soon as they can be read", async () => {
      now = 3_600_000;
      expect(await failure(ring.current())).to.equal("UnavailableError");
      [failing, staged] = [false, { current: named("c") }];
      await pass(now + 40_000);
      expect(await currentKid()).to.equal("c");
      expect(await ring.find("unknown")).to.equal(undefined);
    });

    it("reads first after it was frozen for days", async () => {
      [failing, now] = [false, 3 * 86_400_000];
      staged = { current: named("c") };
      expect(await currentKid()).to.equal("c");
      now += 3 * 86_400_000;
      staged = { current: named("d") };
      expect((await ring.find("d"))?.kid).to.equal("d");
    });
  });

  it("fails without any known keys, and tries again", async () => {
    failing = true;
    expect(await ring.current().catch(({ message }) => message)).to.equal("unreachable");
    failing = false;
    expect(await currentKid()).to.equal("a");
  });

  it("reports when a key changes its stage, and nothing else changes", async () => {
    staged = { current: named("a"), next: named("b") };
    await ring.current();
    staged = { current: named("a"), previous: named("b") };
    now += 60_001;
    await ring.current();
    expect(lines.filter((line) => line.includes("signing_keys_changed"))).to.have.length(1);
  });

  it("reports when a key was withdrawn, and not when one was added or promoted", async () => {
    for (const [stages, expected] of [
      [{ current: named("a"), next: named("b") }, 0],
      [{ current: named("b"), previous: named("a") }, 0],
      [{ current: named("b") }, 1],
      [{ current: named("b") }, 1],
    ] as const) {
      await ring.current();
      staged = stages;
      now += 60_001;
      await ring.current();
      expect(withdrawals).to.equal(expected);
    }
    expect(lines.filter((line) => line.includes("signing_keys_changed"))).to.have.length(3);
  });
});
