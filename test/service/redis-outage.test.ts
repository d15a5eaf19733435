import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import { startTcpProxy, type TcpProxy } from "../../scripts/drill/tcp-proxy.ts";
import { RedisSessionStore } from "../../service/auth/redis-session-store.ts";
import { cacheKeyPrefix } from "../../service/contract.ts";
import { RedisConnection } from "../../service/platform/redis.ts";
import { describeWith } from "../support/real-services.ts";
import { startService, type TestService, type TestUser } from "../support/service.ts";

/** Repeats a request until it succeeds again: clients need some time to find that their server is back. */
async function eventually(status: number, request: () => Promise<{ status: number }>) {
  for (let attempt = 0; attempt < 40; attempt++) {
    if ((await request()).status === status) return;
    await wait(250);
  }
  throw new Error(`no response had the status ${status}`);
}

/** The status of a response that must arrive well before the timeout of API Gateway. */
async function prompt(request: () => Promise<{ status: number }>): Promise<number> {
  const begun = performance.now();
  const { status } = await request();
  expect(performance.now() - begun).to.be.below(15_000);
  return status;
}

describeWith("REDIS_URL", "When Redis itself goes away", () => {
  let service: TestService;
  let proxy: TcpProxy;
  let redis: RedisConnection;
  let user: TestUser;
  const refresh = async () => {
    const response = await service.refresh(user.refreshToken);
    if (response.status === 200) user.refreshToken = response.body.refresh_token;
    return response;
  };

  before(async () => {
    const { hostname, port } = new URL(process.env.REDIS_URL!);
    proxy = await startTcpProxy(hostname, Number(port || 6379));
    redis = new RedisConnection(`redis://127.0.0.1:${proxy.port}`);
    service = await startService({ sessions: async () => new RedisSessionStore(redis) });
    user = await service.register();
  });
  after(async () => {
    proxy.restore();
    await redis.run(async (client) => client.del(await client.keys(`${cacheKeyPrefix}{${user.id}}:*`)));
    await redis.close();
    proxy.close();
    await service.stop();
  });

  for (const [how, fail] of [
    ["refuses connections", () => proxy.cut()],
    ["stays silent", () => proxy.blackhole()],
  ] as const) {
    it(`and ${how}: refresh gets 503 without hanging, access tokens work, and all recovers when it is back`, async () => {
      expect((await refresh()).status).to.equal(200);
      fail();
      expect(await prompt(refresh)).to.equal(503);
      expect((await user.send("GET", "/v1/users/me")).status).to.equal(200);
      proxy.restore();
      await eventually(200, refresh);
    });
  }
});
