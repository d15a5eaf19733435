import { randomBytes } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import { RedisSessionStore } from "../../../service/auth/redis-session-store.ts";
import { cacheKeyPrefix } from "../../../service/contract.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { EarlierRelease } from "../../support/earlier-release.ts";
import { describeWith } from "../../support/real-services.ts";
import { RefreshTokenFormats } from "../../support/refresh-token-formats.ts";
import { startService, type TestService } from "../../support/service.ts";

const minute = 60;

describeWith("REDIS_URL", "Sessions that the release before generations serves too", () => {
  let service: TestService;
  let redis: RedisConnection;
  let earlier: EarlierRelease;
  const pepper = randomBytes(32);
  const formats = new RefreshTokenFormats(pepper);
  const users: string[] = [];
  // Both have the same clock, in milliseconds.
  let time = Date.now();

  before(async () => {
    redis = new RedisConnection(process.env.REDIS_URL!);
    earlier = new EarlierRelease(redis, pepper);
    const sessions = new RedisSessionStore(redis);
    service = await startService(
      { sessions: async () => sessions, refreshTokenPeppers: async () => ({ current: pepper }) },
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
  const current = async (token: string): Promise<string> => {
    const { status, body } = await service.refresh(token);
    return status === 200 ? body.refresh_token : body.type.split("/").at(-1);
  };
  const withoutGenerations = (token: string) => earlier.refresh(token, time);
  const events = (id: string) =>
    service.lines.filter((line) => line.user_id === id && line.event).map(({ event }) => event);

  it("go on in the current release, with its rules, and count generations from then on", async () => {
    const { id, first } = await openEarlier();
    let last = first;
    for (let count = 0; count < 3; count++) last = await withoutGenerations(last);
    const second = await current(last);
    expect(second).to.equal(formats.numbered(second, 1));
    wait(minute);
    expect(await current(last)).to.equal(second);
    const third = await current(second);
    expect(third).to.equal(formats.numbered(third, 2));
    const lost = formats.numbered(formats.read(formats.plain(third))!.successor.token, 3);
    expect(await current(lost)).to.have.length(third.length);
    expect(events(id)).to.deep.equal(["refresh_token_repeated_late", "refresh_rotation_recovered"]);
    expect(await current(last)).to.equal("refresh-token-reused");
  });

  it("do not end when a canary's response is lost, and the release before it repeats it", async () => {
    const { id, first } = await openEarlier();
    const second = await current(first);
    expect(await withoutGenerations(first)).to.equal(formats.plain(second));
    wait(minute);
    const third = await withoutGenerations(formats.plain(second));
    expect(await current(third)).to.have.length(second.length);
    expect(events(id)).to.deep.equal([]);
  });

  it("are left as they are by a release that cannot read their token", async () => {
    const { refreshToken } = await register();
    const second = await current(refreshToken);
    expect(await withoutGenerations(second)).to.equal("unreadable");
    expect(await current(second)).to.have.length(second.length);
  });

  it("end when a token is used that the earlier release replaced, which counts no generations", async () => {
    const { id, first } = await openEarlier();
    const second = await current(first);
    let last = await withoutGenerations(first);
    for (let count = 0; count < 3; count++) last = await withoutGenerations(last);
    expect(await current(second)).to.equal("refresh-token-reused");
    expect(await current(last)).to.equal("invalid-refresh-token");
    expect(events(id)).to.deep.equal(["refresh_token_reused"]);
  });

  it("go on whichever release responds, and whichever response is lost", async () => {
    const releases = {
      // It cannot read a token with its generation: a release that can, and issues none, comes between the two.
      "without generations": async (token: string) =>
        token === formats.plain(token) ? withoutGenerations(token) : formats.plain(await current(token)),
      "that reads generations": async (token: string) => formats.plain(await current(token)),
      "with generations": current,
    };
    const step = fc.record({
      by: fc.constantFrom(...(Object.keys(releases) as (keyof typeof releases)[])),
      isLost: fc.boolean(),
      seconds: fc.constantFrom(0, 5, 15 * minute),
    });
    let refreshes = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 15 }), async (steps) => {
        let { first: token } = await openEarlier();
        let lostAt: number | undefined;
        for (const { by, isLost, seconds } of steps) {
          // Later than that, the first of them ends the session.
          if (lostAt === undefined || time + seconds * 1000 - lostAt <= 10_000) wait(seconds);
          const response = await releases[by](token);
          expect(response, by).to.have.length.above(100);
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
