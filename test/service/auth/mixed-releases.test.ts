import { randomBytes } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import { RedisSessionStore } from "../../../service/auth/redis-session-store.ts";
import { cacheKeyPrefix } from "../../../service/contract.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { EarlierRelease } from "../../support/earlier-release.ts";
import { describeWith } from "../../support/real-services.ts";
import { startService, type TestService } from "../../support/service.ts";

const minute = 60;

describeWith("REDIS_URL", "Sessions that the release before generations serves too", () => {
  let service: TestService;
  let redis: RedisConnection;
  let earlier: EarlierRelease;
  const users: string[] = [];
  // Both have the same clock, in milliseconds.
  let time = Date.now();

  before(async () => {
    const pepper = randomBytes(32);
    redis = new RedisConnection(process.env.REDIS_URL!);
    earlier = new EarlierRelease(redis, pepper);
    const sessions = new RedisSessionStore(redis);
    service = await startService(
      { sessions: async () => sessions, refreshTokenPepper: async () => pepper },
      {},
      () => time,
    );
  });
  after(async () => {
    await service.stop();
    for (const userId of users) {
      const keys = await redis.run((client) => client.keys(`${cacheKeyPrefix}{${userId}}:*`));
      if (keys.length > 0) await redis.run((client) => client.del(keys));
    }
    await redis.close();
  });

  const wait = (seconds: number) => {
    time += seconds * 1000;
  };
  async function register() {
    const user = await service.register();
    users.push(user.id);
    return user;
  }
  /** A user whose session the earlier release opened. */
  async function openEarlier() {
    const { id } = await register();
    return { id, first: await earlier.logIn(id, time) };
  }
  const releases = {
    earlier: (token: string) => earlier.refresh(token, time),
    current: async (token: string): Promise<string> => {
      const { status, body } = await service.refresh(token);
      return status === 200 ? body.refresh_token : body.type.split("/").at(-1);
    },
  };
  const { current } = releases;
  const events = (id: string) =>
    service.lines.filter((line) => line.user_id === id && line.event).map(({ event }) => event);

  it("go on in the current release, with its rules", async () => {
    const { id, first } = await openEarlier();
    const second = await current(first);
    wait(minute);
    expect(await current(first)).to.equal(second);
    const third = await current(second);
    expect(events(id)).to.deep.equal(["refresh_token_repeated_late"]);
    expect(await current(first)).to.equal("refresh-token-reused");
    expect(await current(third)).to.equal("invalid-refresh-token");
  });

  it("go on after a rollback", async () => {
    const { refreshToken } = await register();
    wait(minute);
    const second = await current(refreshToken);
    wait(minute);
    const third = await releases.earlier(second);
    expect(third).to.have.length(second.length);
    expect(await current(third)).to.have.length(second.length);
  });

  it("end when a token is used that the earlier release replaced", async () => {
    const { id, first } = await openEarlier();
    const second = await current(first);
    let last = second;
    for (let count = 0; count < 3; count++) last = await releases.earlier(last);
    expect(await current(second)).to.equal("refresh-token-reused");
    expect(await current(last)).to.equal("invalid-refresh-token");
    expect(events(id)).to.deep.equal(["refresh_token_reused"]);
  });

  it("go on whichever release responds, and whichever response is lost", async () => {
    const step = fc.record({
      by: fc.constantFrom("earlier" as const, "current" as const),
      isLost: fc.boolean(),
      seconds: fc.constantFrom(0, 5, 15 * minute),
    });
    let refreshes = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 15 }), async (steps) => {
        let { first: token } = await openEarlier();
        let lostAt: number | undefined;
        for (const { by, isLost, seconds } of steps) {
          // The earlier release accepts a late client only within the reuse interval.
          if (lostAt === undefined || time + seconds * 1000 - lostAt <= 10_000) wait(seconds);
          const response = await releases[by](token);
          expect(response).to.have.length.above(100);
          refreshes += 1;
          lostAt = isLost ? (lostAt ?? time) : undefined;
          if (!isLost) token = response;
        }
      }),
      { numRuns: 50, seed: 20_260_101 },
    );
    expect(refreshes).to.be.above(250);
  });
});
