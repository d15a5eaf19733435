import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { minPublishedSeconds, minRetainedSeconds } from "../../../scripts/signing-keys/rotation.ts";
import type { StagedKeys } from "../../../service/auth/signing-keys.ts";
import { defaultTokens } from "../../../service/config.ts";
import { MemorySessionStore } from "../../../service/local/memory-session-store.ts";
import { createIndexes } from "../../../service/platform/indexes.ts";
import { embeddedDatabase, type TestDatabase } from "../../support/databases.ts";
import { generateKeyPair, newPerson, startService, type TestService, testSigningKey } from "../../support/service.ts";

/** By the clock of the services. No real time passes between ticks: requests follow each other without a pause. */
const tickSeconds = 7.5;
/** At the same time, half of them at each of two services. */
const readsOfTick = 6;

/** An attacker's token makes a service search its key, and so not again for 30 s. */
const attackEveryTicks = 6;

/** The second service's clock goes ahead. */
const aheadSeconds = 5;

interface IssuedToken {
  token: string;
  signer: number;
  issuedAt: number;
}

const part = (token: string, index: number) =>
  JSON.parse(Buffer.from(token.split(".")[index]!, "base64url").toString());
const header = (token: string) => part(token, 0);

describe("A rotation of signing keys", () => {
  let [a, b]: Awaited<ReturnType<typeof testSigningKey>>[] = [];
  let staged: StagedKeys;
  /** The service that cannot read the stages. */
  let unreadableAt: number | undefined;
  let now: number;
  let database: TestDatabase;
  /** They share all but the clock and the time at which they read the keys: what one signs, the other verifies. */
  let services: [TestService, TestService];
  let refreshToken: string;

  before(async () => {
    [a, b] = [await testSigningKey(generateKeyPair()), await testSigningKey(generateKeyPair())];
  });

  beforeEach(async () => {
    [staged, now, database] = [{ current: a! }, Date.now(), await embeddedDatabase()];
    unreadableAt = undefined;
    await createIndexes(database.database);
    const [sessions, pepper] = [new MemorySessionStore(), randomBytes(32)];
    const start = (index: number, ahead: number) =>
      startService(
        {
          database: async () => database.database,
          sessions: async () => sessions,
          refreshTokenPeppers: async () => ({ current: pepper }),
          async signingKeys() {
            if (unreadableAt === index) throw new Error("unreachable");
            return staged;
          },
        },
        {},
        () => now + ahead * 1_000,
      );
    services = [await start(0, 0), await start(1, aheadSeconds)];
    const { body } = await services[0].send("POST", "/v1/auth/register", { body: newPerson() });
    refreshToken = body.refresh_token;
  });
  afterEach(async () => {
    await Promise.all(services.map((service) => service.stop()));
    await database.remove();
  });

  async function renew(signer: number): Promise<IssuedToken> {
    const { body } = await services[signer]!.send("POST", "/v1/auth/refresh", {
      body: { refresh_token: refreshToken },
    });
    refreshToken = body.refresh_token;
    return { token: body.access_token, signer, issuedAt: now };
  }

  const statusAt = async (reader: number, token: string) =>
    (await services[reader]!.send("GET", "/v1/users/me", { token })).status;

  const attack = (reader: number) => {
    const kid = Buffer.from(JSON.stringify({ alg: "RS256", kid: "made-up" })).toString("base64url");
    return statusAt(reader, `${kid}.e30.AAAA`);
  };

  /**
   * Requests without a pause, with tokens new and nearly expired, each at the service that did not sign it, while the
   * stages change.
   * @param seconds how long a key is published before it signs, and after it last did, by the services' clocks
   */
  async function rotate(seconds: { published: number; expired: number }) {
    const statuses = new Set<number>();
    const kids = new Set<string>();
    const issued: IssuedToken[] = [];
    let tick = 0;

    const read = async (reader: number, index: number) => {
      // The clocks are apart, and a token's times are whole seconds.
      const oldest = now - (defaultTokens.accessTokenSeconds - aheadSeconds - 1) * 1_000;
      const usable = issued.filter(({ signer, issuedAt }) => signer !== reader && issuedAt > oldest);
      const { token } = [usable.at(-1), usable[0], usable[tick % usable.length]][index]!;
      statuses.add(await statusAt(reader, token));
    };
    const live = async (stages: StagedKeys, lifeSeconds: number) => {
      staged = stages;
      for (let passed = 0; passed < lifeSeconds; passed += tickSeconds) {
        // The second service reads 37.5 s after the first.
        if (tick % attackEveryTicks === 0) expect(await attack(0)).to.equal(401);
        if (tick % attackEveryTicks === 5) expect(await attack(1)).to.equal(401);
        for (const signer of [0, 1]) issued.push(await renew(signer));
        for (const { token } of issued.slice(-2)) kids.add(header(token).kid);
        await Promise.all(Array.from({ length: readsOfTick }, (_, index) => read(index % 2, Math.floor(index / 2))));
        now += tickSeconds * 1_000;
        tick += 1;
      }
    };
    const [first, second] = [a!, b!];
    await live({ current: first }, 135);
    await live({ current: first, next: second }, seconds.published);
    await live({ current: second, previous: first }, seconds.expired);
    await live({ current: second }, 135);
    return { statuses: [...statuses].sort(), kids: [...kids] };
  }

  it("causes no 401 in requests without a pause, after the waiting times of `ops keys`", async () => {
    const { statuses, kids } = await rotate({ published: minPublishedSeconds, expired: minRetainedSeconds });
    expect(statuses).to.deep.equal([200]);
    expect(kids).to.deep.equal([a!.kid, b!.kid]);
  });

  it("but does without the waiting time before the new key signs", async () => {
    const { statuses } = await rotate({ published: 0, expired: minRetainedSeconds });
    expect(statuses).to.deep.equal([200, 401]);
  });

  it("but does without the waiting time before the old key is withdrawn", async () => {
    const { statuses } = await rotate({ published: minPublishedSeconds, expired: 0 });
    expect(statuses).to.deep.equal([200, 401]);
  });

  for (const [frozen, awake] of [
    [0, 1],
    [1, 0],
  ] as const) {
    it(`does not affect a process that was frozen during all of it, ${frozen ? "its clock ahead" : "its clock behind"}`, async () => {
      expect(await statusAt(frozen, (await renew(awake)).token)).to.equal(200);
      expect(await attack(frozen)).to.equal(401);
      for (const stages of [{ current: a!, next: b! }, { current: b!, previous: a! }, { current: b! }]) {
        staged = stages;
        now += 1_200_000;
        expect(await statusAt(awake, (await renew(awake)).token)).to.equal(200);
      }
      const { token } = await renew(awake);
      expect(header(token).kid).to.equal(b!.kid);
      // It first verifies what the other one signed, and signs with the new key itself.
      const [status, own] = await Promise.all([statusAt(frozen, token), renew(frozen)]);
      expect([status, header(own.token).kid]).to.deep.equal([200, b!.kid]);
      expect(await statusAt(awake, own.token)).to.equal(200);
    });
  }

  it("causes 503 and no 401 for tokens of the new key where the stages cannot be read", async () => {
    expect(await statusAt(1, (await renew(0)).token)).to.equal(200);
    unreadableAt = 1;
    const seen = new Set<string>();
    for (const [stages, seconds] of [
      [{ current: a!, next: b! }, minPublishedSeconds],
      [{ current: b!, previous: a! }, 300],
    ] as const) {
      staged = stages;
      for (let passed = 0; passed < seconds; passed += 10) {
        const { token } = await renew(0);
        seen.add(`${header(token).kid === a!.kid ? "old" : "new"} key: ${await statusAt(1, token)}`);
        now += 10_000;
      }
    }
    expect([...seen]).to.deep.equal(["old key: 200", "new key: 503"]);
    unreadableAt = undefined;
    now += 31_000;
    expect(await statusAt(1, (await renew(0)).token)).to.equal(200);
  });

  it("lets no token outlive its key where the stages cannot be read", async () => {
    const expiries: number[] = [];
    const refusals = new Set<string>();
    // What it reads last, right before the new key signs.
    staged = { current: a!, next: b! };
    await renew(1);
    unreadableAt = 1;
    const withdrawnAt = now + minRetainedSeconds * 1_000;
    for (; now < withdrawnAt; now += 9_999) {
      const { status, headers, body } = await services[1].send("POST", "/v1/auth/refresh", {
        body: { refresh_token: refreshToken },
      });
      if (status === 200) {
        refreshToken = body.refresh_token;
        expiries.push(part(body.access_token, 1).exp * 1_000);
      } else refusals.add(`${status}, Retry-After: ${headers.get("retry-after")}`);
    }
    expect(expiries).to.have.length(13);
    expect(Math.max(...expiries)).to.be.below(withdrawnAt);
    expect([...refusals]).to.deep.equal(["503, Retry-After: 5"]);
  });

  it("refuses tokens of a withdrawn key within a minute, even if they were verified before", async () => {
    const { token } = await renew(0);
    expect(await statusAt(1, token)).to.equal(200);
    staged = { current: b! };
    now += 61_000;
    expect(await statusAt(1, token)).to.equal(401);
  });
});
