import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import { startTcpProxy, type TcpProxy } from "../../scripts/drill/tcp-proxy.ts";
import { RedisSessionStore } from "../../service/auth/redis-session-store.ts";
import { cacheKeyPrefix } from "../../service/contract.ts";
import { connectMongo } from "../../service/platform/mongo.ts";
import { RedisConnection } from "../../service/platform/redis.ts";
import { describeWith } from "../support/real-services.ts";
import { newPerson, startService, type TestService } from "../support/service.ts";

/** Repeats a request until it succeeds again: clients need a moment to find that their server is back. */
async function eventually(status: number, request: () => Promise<{ status: number }>) {
  for (let attempt = 0; attempt < 40; attempt++) {
    if ((await request()).status === status) return;
    await wait(250);
  }
  throw new Error(`never answered ${status}`);
}

/** An answer, and whether it came well before API Gateway would have given up. */
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
  let refresh_token: string;
  let access_token: string;
  let userId: string;
  const refresh = async () => {
    const answer = await service.send("POST", "/v1/auth/refresh", { body: { refresh_token } });
    if (answer.status === 200) refresh_token = answer.body.refresh_token;
    return answer;
  };

  before(async () => {
    const { hostname, port } = new URL(process.env.REDIS_URL!);
    proxy = await startTcpProxy(hostname, Number(port || 6379));
    redis = new RedisConnection(`redis://127.0.0.1:${proxy.port}`);
    service = await startService({ sessions: async () => new RedisSessionStore(redis) });
    const { body } = await service.send("POST", "/v1/auth/register", { body: newPerson() });
    ({ refresh_token, access_token } = body);
    userId = body.user.id;
  });
  after(async () => {
    proxy.restore();
    await redis.run(async (client) => client.del(await client.keys(`${cacheKeyPrefix}{${userId}}:*`)));
    await redis.close();
    proxy.close();
    await service.stop();
  });

  for (const [how, fail] of [
    ["refuses connections", () => proxy.cut()],
    ["stays silent", () => proxy.blackhole()],
  ] as const) {
    it(`and ${how}: refresh answers 503 without hanging, tokens work, all is well when it is back`, async () => {
      expect((await refresh()).status).to.equal(200);
      fail();
      expect(await prompt(refresh)).to.equal(503);
      expect((await service.send("GET", "/v1/users/me", { token: access_token })).status).to.equal(200);
      proxy.restore();
      await eventually(200, refresh);
    });
  }
});

describeWith("MONGODB_URI", "When MongoDB itself goes away", () => {
  let service: TestService;
  let proxy: TcpProxy;
  const name = `ecobeat_test_${randomUUID().slice(0, 8)}`;
  let close: () => Promise<void>;
  let login: () => Promise<{ status: number }>;

  before(async () => {
    const { hostname, port } = new URL(process.env.MONGODB_URI!);
    proxy = await startTcpProxy(hostname, Number(port || 27017));
    const database = await connectMongo(`mongodb://127.0.0.1:${proxy.port}/${name}?directConnection=true`);
    close = async () => {
      await database.dropDatabase();
      await database.client.close();
    };
    service = await startService({ database: async () => database });
    const person = newPerson();
    await service.send("POST", "/v1/auth/register", { body: person });
    const { email, password } = person;
    login = () => service.send("POST", "/v1/auth/login", { body: { email, password } });
  });
  after(async () => {
    await close();
    proxy.close();
    await service.stop();
  });

  for (const [how, fail] of [
    ["refuses connections", () => proxy.cut()],
    ["stays silent", () => proxy.blackhole()],
  ] as const) {
    it(`and ${how}: login answers 503 without hanging, and works when it is back`, async () => {
      expect((await login()).status).to.equal(200);
      fail();
      expect(await prompt(login)).to.equal(503);
      proxy.restore();
      await eventually(200, login);
    });
  }
});
