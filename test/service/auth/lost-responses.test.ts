import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { RedisSessionStore } from "../../../service/auth/redis-session-store.ts";
import type { SessionStore } from "../../../service/auth/session-store.ts";
import { cacheKeyPrefix } from "../../../service/contract.ts";
import { MemorySessionStore } from "../../../service/local/memory-session-store.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { describeWith } from "../../support/real-services.ts";
import { RefreshTokenFormats } from "../../support/refresh-token-formats.ts";
import { type ApiResponse, expectProblem, startService, type TestUser, useService } from "../../support/service.ts";

const minute = 60;
const day = 24 * 60 * minute;

/** What a client experiences whose responses are lost, with any store. */
function lostResponses(store: () => SessionStore, forget: (userId: string) => Promise<void>) {
  const pepper = randomBytes(32);
  const formats = new RefreshTokenFormats(pepper);
  const users: TestUser[] = [];
  const service = useService(() =>
    startService({ sessions: async () => store(), refreshTokenPeppers: async () => ({ current: pepper }) }),
  );
  after(() => Promise.all(users.map(({ id }) => forget(id))));

  /** A user with one session. */
  async function open() {
    const user = await service.register();
    users.push(user);
    const events = () =>
      service.lines.filter((line) => line.user_id === user.id && line.event).map(({ event }) => event);
    return { user, first: user.refreshToken, events };
  }
  const refresh = (token: string) => service.refresh(token);
  /** The token of a response that must be a success. */
  const next = ({ status, body }: ApiResponse): string => {
    expect(status, JSON.stringify(body)).to.equal(200);
    return body.refresh_token;
  };

  it("repeats the response to the parent of an unused token three times in a day, each with an event", async () => {
    const { first, events } = await open();
    const second = next(await refresh(first));
    for (const wait of [minute, 5 * 60 * minute, 2 * minute]) {
      service.advance(wait);
      expect(next(await refresh(first))).to.equal(second);
    }
    expect(events()).to.deep.equal(Array(3).fill("refresh_token_repeated_late"));
    next(await refresh(second));
    expect(events()).to.have.length(3);
  });

  it("takes the fourth late repeat within a day for an attacker's", async () => {
    const { first, events } = await open();
    const second = next(await refresh(first));
    for (const wait of [day / 3, day / 3, day / 3]) {
      service.advance(wait);
      next(await refresh(first));
    }
    service.advance(day / 3 - 1);
    expectProblem(await refresh(first), 401, "refresh-token-reused");
    expectProblem(await refresh(second), 401, "invalid-refresh-token");
    expect(events().slice(3)).to.deep.equal(["refresh_token_reused"]);
  });

  it("finds a thief who refreshes in lockstep at the fourth late repeat, within the hour", async () => {
    const { first, events } = await open();
    let [owner, thief] = [first, first];
    for (let refreshes = 0; refreshes < 3; refreshes++) {
      owner = next(await refresh(owner));
      service.advance(minute);
      thief = next(await refresh(thief));
      expect(thief).to.equal(owner);
      service.advance(14 * minute);
    }
    // After 45 minutes.
    owner = next(await refresh(owner));
    service.advance(minute);
    expectProblem(await refresh(thief), 401, "refresh-token-reused");
    expect(events()).to.deep.equal([...Array(3).fill("refresh_token_repeated_late"), "refresh_token_reused"]);
    expect((await refresh(owner)).status).to.equal(401);
  });

  it("extends neither last use nor expiry by a late repeat", async () => {
    const { first, user } = await open();
    service.advance(minute);
    const second = next(await refresh(first));
    const lastUse = async (token: string) =>
      (await service.send("GET", "/v1/sessions", { token })).body.sessions[0].last_used_at;
    const used = await lastUse((await refresh(first)).body.access_token);
    service.advance(29 * day);
    const late = await refresh(first);
    expect(next(late)).to.equal(second);
    expect(await lastUse(late.body.access_token)).to.equal(used);
    service.advance(day - 1);
    expect((await refresh(first)).status).to.equal(200);
    service.advance(1);
    expectProblem(await refresh(second), 401, "invalid-refresh-token");
    expect(user.id).to.be.a("string");
  });

  it("continues with a token whose rotation the store lost, and records that", async () => {
    const { first, events } = await open();
    expect(first).to.equal(formats.numbered(first, 0));
    const second = next(await refresh(first));
    expect(second).to.equal(formats.numbered(second, 1));
    // What the store never saw is the same for it as what it lost.
    const successor = (token: string) => formats.read(formats.plain(token))!.successor.token;
    const fourth = formats.numbered(successor(successor(second)), 3);
    const fifth = next(await refresh(fourth));
    expect(fifth).to.equal(formats.numbered(successor(fourth), 4));
    service.advance(minute);
    expect(next(await refresh(fourth))).to.equal(fifth);
    expect(events()).to.deep.equal(["refresh_rotation_recovered", "refresh_token_repeated_late"]);
    expectProblem(await refresh(second), 401, "refresh-token-reused");
    expectProblem(await refresh(fifth), 401, "invalid-refresh-token");
  });

  it("accepts tokens of the format without a generation, and continues their session", async () => {
    const { first, events } = await open();
    const old = formats.plain(first);
    const second = next(await refresh(old));
    service.advance(minute);
    expect(next(await refresh(old))).to.equal(second);
    const third = next(await refresh(second));
    expect(events()).to.deep.equal(["refresh_token_repeated_late"]);
    expectProblem(await refresh(old), 401, "refresh-token-reused");
    expectProblem(await refresh(third), 401, "invalid-refresh-token");
  });
}

describe("Lost responses, with sessions in the process", () => {
  const store = new MemorySessionStore();
  lostResponses(
    () => store,
    async () => {},
  );
});

describeWith("REDIS_URL", "Lost responses, with sessions in Redis", () => {
  const redis = new RedisConnection(process.env.REDIS_URL!);
  after(() => redis.close());
  lostResponses(
    () => new RedisSessionStore(redis),
    (userId) =>
      redis.run(async (client) => {
        const keys = await client.keys(`${cacheKeyPrefix}{${userId}}:*`);
        if (keys.length > 0) await client.del(keys);
      }),
  );
});
