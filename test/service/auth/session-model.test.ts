import { randomBytes } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import { RedisSessionStore } from "../../../service/auth/redis-session-store.ts";
import type { SessionStore } from "../../../service/auth/session-store.ts";
import { cacheKeyPrefix } from "../../../service/contract.ts";
import { MemorySessionStore } from "../../../service/local/memory-session-store.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { describeWith } from "../../support/real-services.ts";
import { RefreshTokenFormats } from "../../support/refresh-token-formats.ts";
import { startService, type TestService } from "../../support/service.ts";
import { isThorough } from "../../support/thorough.ts";
import { absoluteSeconds, daySeconds, graceSeconds, idleSeconds } from "./session-model.ts";
import { type Action, VirtualUsers } from "./session-model-driver.ts";

const client = fc.nat(9);
const back = fc.nat(3);

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ do: fc.constant("register" as const) }),
  { weight: 3, arbitrary: fc.record({ do: fc.constant("log in" as const), client }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("refresh" as const), client, back, isNumbered: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("come back late" as const), client, isNumbered: fc.boolean() }) },
  fc.record({ do: fc.constant("lose rotations" as const), client, count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant("log out" as const), client, back }),
  fc.record({ do: fc.constant("list" as const), client }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant("revoke" as const), client, target: fc.nat(9) }) },
  fc.record({ do: fc.constant("revoke others" as const), client }),
  fc.record({ do: fc.constant("change password" as const), client }),
  fc.record({ do: fc.constant("delete account" as const), client }),
  fc.record({
    do: fc.constant("wait" as const),
    seconds: fc.constantFrom(1, graceSeconds, graceSeconds + 1, 900, daySeconds / 2, daySeconds, idleSeconds),
  }),
);

/** Whatever users do in any order, the service behaves as the model. */
function followsTheModel(store: () => SessionStore, forget: (userId: string) => Promise<void>) {
  let service: TestService;
  const pepper = randomBytes(32);
  const formats = new RefreshTokenFormats(pepper);
  before(async () => {
    // The clock stands still between steps, so that a second in the model is one in the service.
    const begun = Date.now();
    service = await startService(
      { sessions: async () => store(), refreshTokenPeppers: async () => ({ current: pepper }) },
      {
        tokens: {
          // Forever: so only its session decides whether a sensitive route accepts an access token.
          accessTokenSeconds: 1_000 * daySeconds,
          sessionIdleSeconds: idleSeconds,
          sessionAbsoluteSeconds: absoluteSeconds,
          refreshGraceSeconds: graceSeconds,
        },
      },
      () => begun,
    );
  });
  after(() => service.stop());

  it("for any sequence of actions on accounts and sessions", async () => {
    const done = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 30 }), async (actions) => {
        const people = new VirtualUsers(service, formats);
        await people.register();
        for (const next of actions) {
          const name = next.do === "come back late" ? "refresh" : next.do;
          done.add(`${name}: ${await people.act(next)}`);
        }
        await people.expectSessions();
        for (const userId of people.userIds) await forget(userId);
      }),
      // A seed with which few sequences have all outcomes.
      { numRuns: isThorough ? 100 : 35, seed: 20_260_107 },
    );
    // Each outcome must occur, or the property checks nothing.
    expect([...done]).to.include.members([
      "log in: 200",
      "log in: 401",
      "refresh: next",
      "refresh: recovered",
      "refresh: same",
      "refresh: same late",
      "refresh: reused",
      "refresh: unknown",
      "refresh: late too often",
      "list: 200",
      "list: 401",
      "revoke: own 204",
      "revoke: own 401",
      "revoke: own 404",
      "revoke: another's 404",
      "revoke others: 204",
      "revoke others: 401",
      "change password: 204",
      "change password: 401",
      "delete account: 204",
      "delete account: 401",
    ]);
  });
}

describe("Sessions in the process follow a model of sixty lines", () => {
  const store = new MemorySessionStore();
  followsTheModel(
    () => store,
    async () => {},
  );
});

describeWith("REDIS_URL", "Sessions in Redis follow a model of sixty lines", () => {
  const redis = new RedisConnection(process.env.REDIS_URL!);
  after(() => redis.close());
  const forget = async (userId: string) => {
    await redis.run(async (client) => {
      const keys = await client.keys(`${cacheKeyPrefix}{${userId}}:*`);
      if (keys.length > 0) await client.del(keys);
    });
  };
  followsTheModel(() => new RedisSessionStore(redis), forget);
});
