import { randomBytes, randomUUID } from "node:crypto";
import { expect } from "chai";
import type { StagedPeppers } from "../../../service/auth/peppers.ts";
import { RedisSessionStore } from "../../../service/auth/redis-session-store.ts";
import type { SessionStore } from "../../../service/auth/session-store.ts";
import { cacheKeyPrefix } from "../../../service/contract.ts";
import { MemorySessionStore } from "../../../service/local/memory-session-store.ts";
import { createIndexes } from "../../../service/platform/indexes.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { embeddedDatabase, type TestDatabase } from "../../support/databases.ts";
import { describeWith } from "../../support/real-services.ts";
import { RefreshTokenFormats } from "../../support/refresh-token-formats.ts";
import { newPerson, startService, type TestService, testConfig, testSigningKey } from "../../support/service.ts";

const [old, fresh] = [randomBytes(32), randomBytes(32)];
/** The stages of a rotation, in its order. */
const stages: readonly StagedPeppers[] = [
  { current: old },
  { current: old, next: fresh },
  { current: fresh, previous: old },
  { current: fresh },
];
const [initial, distributed, promoted, retired] = stages as [
  StagedPeppers,
  StagedPeppers,
  StagedPeppers,
  StagedPeppers,
];

/** Logins that a client may try in a quarter of an hour. */
const requests = 3;

function survivesRotations(store: () => SessionStore, forget: (userId: string) => Promise<void>) {
  let database: TestDatabase;
  /** Two processes that share everything but when they read the stages. */
  let services: [TestService, TestService];
  /** What each reads; undefined if it cannot. */
  let views: [StagedPeppers | undefined, StagedPeppers | undefined];
  let now: number;
  const users: string[] = [];

  before(async () => {
    [database, now] = [await embeddedDatabase(), Date.now()];
    await createIndexes(database.database);
    const key = await testSigningKey();
    const start = (index: 0 | 1) =>
      startService(
        {
          database: async () => database.database,
          sessions: async () => store(),
          signingKeys: async () => ({ current: key }),
          async refreshTokenPeppers() {
            const staged = views[index];
            if (!staged) throw new Error("unreachable");
            return staged;
          },
        },
        { limits: { ...testConfig.limits, loginByAccountAndAddress: { requests, windowSeconds: 900 } } },
        () => now,
      );
    services = [await start(0), await start(1)];
  });
  after(async () => {
    await Promise.all(services.map((service) => service.stop()));
    for (const userId of users) await forget(userId);
    await database.remove();
  });
  beforeEach(() => see(initial, initial));

  /** Both processes read what they see now before their next request. */
  function see(first: StagedPeppers | undefined, second: StagedPeppers | undefined) {
    views = [first, second];
    now += 61_000;
  }
  async function open(index: 0 | 1 = 0): Promise<string> {
    const { id, refreshToken } = await services[index].register();
    users.push(id);
    return refreshToken;
  }
  const refresh = async (index: 0 | 1, token: string): Promise<string> => {
    const { status, body } = await services[index].refresh(token);
    return status === 200 ? body.refresh_token : `${status} ${body.type.split("/").at(-1)}`;
  };
  const isUnder = (pepper: Buffer, token: string) => new RefreshTokenFormats(pepper).numbered(token, 1) === token;

  it("a session opened before stays open through all stages, whichever process has read them first", async () => {
    for (const [first, second] of [
      [0, 1],
      [1, 0],
    ] as const) {
      see(initial, initial);
      let token = await open();
      for (const [index, stage] of stages.entries()) {
        // First only one process sees the next stage, then both do.
        for (const behind of [stages[Math.max(index - 1, 0)], stage]) {
          if (first === 0) see(stage, behind);
          else see(behind, stage);
          // The last response of each is lost, and the other process repeats it.
          for (const [by, repeatedBy] of [
            [first, second],
            [second, first],
          ] as const) {
            const successor = await refresh(by, token);
            expect(await refresh(repeatedBy, token), `stage ${index}`).to.equal(successor);
            now += 11_000;
            expect(await refresh(repeatedBy, token), `stage ${index}, late`).to.equal(successor);
            token = successor;
            now += 24 * 60 * 60 * 1000;
          }
        }
      }
      expect(await refresh(first, token)).to.have.length(token.length);
    }
  });

  it("tokens are under the current pepper of the process that issues them", async () => {
    const token = await refresh(0, await open());
    expect(isUnder(old, token)).to.equal(true);
    see(promoted, promoted);
    const { body } = await services[0].refresh(token);
    const numbered = new RefreshTokenFormats(fresh).numbered(body.refresh_token, 2);
    expect(body.refresh_token).to.equal(numbered);
  });

  it("a token under a pepper that was retired or replaced is unknown", async () => {
    const token = await open();
    see(retired, retired);
    expect(await refresh(0, token)).to.equal("401 invalid-refresh-token");
  });

  it("an attacker with the previous pepper can make no token current", async () => {
    for (const [stage, outcome] of [
      [distributed, 200],
      [promoted, 401],
    ] as const) {
      see(initial, initial);
      const token = await open();
      see(stage, stage);
      // Of the session, but made up: a later generation makes it current, as if a failover had lost rotations.
      const bytes = Buffer.from(token, "base64url");
      randomBytes(32).copy(bytes, 32);
      const forged = new RefreshTokenFormats(old).numbered(bytes.toString("base64url"), 1_000);
      expect((await services[0].refresh(forged)).status).to.equal(outcome);
    }
  });

  it("a process that cannot read the stages calls no token unknown", async () => {
    // It knows the old pepper alone.
    const token = await open(1);
    see(promoted, undefined);
    const successor = await refresh(0, token);
    expect(await refresh(1, successor)).to.equal("503 unavailable");
    const logOut = async (refresh_token: string) =>
      (await services[1].send("POST", "/v1/auth/logout", { body: { refresh_token } })).status;
    expect(await logOut(successor)).to.equal(503);
    see(promoted, promoted);
    const last = await refresh(1, successor);
    expect(last).to.have.length(successor.length);
    expect(await logOut(last)).to.equal(204);
    expect(await refresh(1, last)).to.equal("401 invalid-refresh-token");
  });

  it("a process that does not know the pepper of a repeated response sends no other token", async () => {
    const token = await open();
    // The notice of a promotion was too short.
    see(promoted, initial);
    const successor = await refresh(0, token);
    expect(await refresh(1, token)).to.equal("503 unavailable");
    see(promoted, promoted);
    expect(await refresh(1, token)).to.equal(successor);
  });

  it("a process that has not read the stages for two minutes issues nothing", async () => {
    const person = newPerson();
    const { id, refreshToken } = await services[1].register(person);
    users.push(id);
    const issue = async () => {
      const responses = [await services[1].logIn(person), await services[1].refresh(refreshToken)];
      return responses.map(({ status }) => status);
    };
    see(initial, undefined);
    expect(await issue()).to.deep.equal([200, 200]);
    see(initial, undefined);
    expect(await issue()).to.deep.equal([503, 503]);
  });

  it("a registration is recognized that was sent in another stage", async () => {
    const send = async (index: 0 | 1, body: object, headers: Record<string, string>) => {
      const response = await services[index].send("POST", "/v1/auth/register", { body, headers });
      return [response.status, response.body.user?.id ?? response.body.type.split("/").at(-1)];
    };
    for (const [stage, later] of [
      [initial, promoted],
      [promoted, distributed],
    ] as const) {
      const [person, headers] = [newPerson(), { "idempotency-key": randomUUID() }];
      see(stage, later);
      const registered = await send(0, person, headers);
      users.push(registered[1]);
      expect(registered[0]).to.equal(201);
      expect(await send(1, person, headers)).to.deep.equal(registered);
      expect(await send(1, { ...person, name: "Another" }, headers)).to.deep.equal([422, "idempotency-key-reused"]);
    }
  });

  it("a client has its attempts once more, and no more than that", async () => {
    const person = newPerson();
    users.push((await services[0].register(person)).id);
    const statuses: number[] = [];
    const attempt = async (count: number) => {
      for (let index = 0; index < count; index++) {
        const body = { email: person.email, password: "a wrong passphrase" };
        statuses.push((await services[0].send("POST", "/v1/auth/login", { body })).status);
      }
    };
    await attempt(requests + 1);
    views = [promoted, promoted];
    now += 61_000;
    await attempt(requests + 1);
    expect(statuses.filter((status) => status === 401)).to.have.length(2 * requests);
    expect([statuses[requests], statuses.at(-1)]).to.deep.equal([429, 429]);
  });
}

describe("While the pepper is rotated, with sessions in the process,", () => {
  const store = new MemorySessionStore();
  survivesRotations(
    () => store,
    async () => {},
  );
});

describeWith("REDIS_URL", "While the pepper is rotated, with sessions in Redis,", () => {
  const redis = new RedisConnection(process.env.REDIS_URL!);
  after(() => redis.close());
  survivesRotations(
    () => new RedisSessionStore(redis),
    async (userId) => {
      await redis.run(async (client) => {
        const keys = await client.keys(`${cacheKeyPrefix}{${userId}}:*`);
        if (keys.length > 0) await client.del(keys);
      });
    },
  );
});
