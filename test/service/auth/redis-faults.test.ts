import { expect } from "chai";
import { RedisSessionStore } from "../../../service/auth/redis-session-store.ts";
import { cacheKeyPrefix } from "../../../service/contract.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { type Fault, type FaultyProxy, faults, faultyProxy } from "../../support/faulty-proxy.ts";
import { describeWith } from "../../support/real-services.ts";
import { type ApiResponse, expectProblem, newPerson, startService, type TestService } from "../../support/service.ts";

/** More steps than any of the requests has. */
const manySteps = 8;

/** The rotation comes after the count of the rate limit. */
const rotationStep = 2;

describeWith("REDIS_URL", "A fault between the service and Redis", () => {
  let service: TestService;
  let proxy: FaultyProxy;
  let redis: RedisConnection;
  const person = newPerson();
  let userId: string;

  before(async () => {
    const { hostname, port } = new URL(process.env.REDIS_URL!);
    proxy = await faultyProxy(hostname, Number(port || 6379));
    redis = new RedisConnection(`redis://127.0.0.1:${proxy.port}`);
    service = await startService({ sessions: async () => new RedisSessionStore(redis), rateLimits: async () => redis });
    userId = (await service.register(person)).id;
  });
  after(async () => {
    await redis.run(async (client) => client.del(await client.keys(`${cacheKeyPrefix}{${userId}}:*`)));
    await redis.close();
    proxy.close();
    await service.stop();
  });

  const login = () => service.logIn(person);
  const refresh = (refreshToken: string) => service.refresh(refreshToken);
  const logout = (refresh_token: string) => service.send("POST", "/v1/auth/logout", { body: { refresh_token } });

  /** The last response to a client that retries once where `Retry-After` asks for it. */
  async function withRetry(response: ApiResponse, request: () => Promise<ApiResponse>): Promise<ApiResponse> {
    if (response.status !== 503) return response;
    expectProblem(response, 503, "unavailable");
    expect(Number(response.headers.get("retry-after"))).to.be.above(0);
    return request();
  }

  /** Sends a request with a fault at each of its steps in turn. */
  async function atEveryStep(
    fault: Fault,
    begin: () => Promise<string>,
    request: (token: string) => Promise<ApiResponse>,
    expected: number,
    check: (response: ApiResponse, token: string) => Promise<void>,
  ) {
    let steps = 0;
    for (let step = 1; step <= manySteps; step++) {
      const token = await begin();
      proxy.failAt(step, fault);
      const first = await request(token);
      if (!proxy.hasFailed()) break;
      steps += 1;
      const response = await withRetry(first, () => request(token));
      expect(response.status, `step ${step}`).to.equal(expected);
      await check(response, token);
    }
    proxy.failAt(0, fault);
    expect(steps, "steps at which it failed").to.be.within(1, manySteps - 1);
  }

  const works = async ({ body }: ApiResponse) => {
    const refreshed = () => refresh(body.refresh_token);
    // An abandoned count may have left a connection that no longer responds.
    const next = await withRetry(await refreshed(), refreshed);
    expect(next.status).to.equal(200);
    const profile = await service.send("GET", "/v1/users/me", { token: next.body.access_token });
    expect(profile.status).to.equal(200);
  };
  const newSession = async () => (await login()).body.refresh_token;

  for (const fault of Object.keys(faults) as Fault[]) {
    describe(`when ${fault}`, () => {
      it("at any step of a login: the client gets valid tokens", () =>
        atEveryStep(fault, async () => "", login, 200, works));

      it("at any step of a refresh: the client gets valid tokens", () =>
        atEveryStep(fault, newSession, refresh, 200, works));

      it("at any step of a logout: the session ends", () =>
        atEveryStep(fault, newSession, logout, 204, async (_response, token) => {
          expect((await refresh(token)).status).to.equal(401);
        }));
    });
  }

  it("gives a client its tokens that comes back an hour after a refresh that Redis executed late", async () => {
    const events = () =>
      service.lines.map(({ event }) => event).filter((event) => event?.toString().startsWith("refresh_"));
    const token = await newSession();
    proxy.failAt(rotationStep, "the request comes late");
    const executed = proxy.lateResponse();
    expectProblem(await refresh(token), 503, "unavailable");
    await executed;
    service.advance(3_600);
    const late = await refresh(token);
    expect(late.status).to.equal(200);
    expect(events()).to.deep.equal(["refresh_token_repeated_late"]);
    await works(late);
  });
});
