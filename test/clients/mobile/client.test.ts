import { expect } from "chai";
import { type ClientOptions, createClient } from "../../../clients/mobile/index.ts";
import { startTcpProxy, type TcpProxy } from "../../../scripts/drill/tcp-proxy.ts";
import { RedisSessionStore } from "../../../service/auth/redis-session-store.ts";
import { cacheKeyPrefix } from "../../../service/contract.ts";
import type { Backends } from "../../../service/dependencies.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { describeWith } from "../../support/real-services.ts";
import { newPerson, startService, type TestService } from "../../support/service.ts";
import { MemoryTokenStore } from "./memory-token-store.ts";
import { sendFromBrowser, sendFromPhone } from "./senders.ts";
import { skippedTime } from "./skipped-time.ts";

const apiKey = "the app's key";
const past = 16 * 60;

/**
 * The client's rules, against the running service.
 * @param fetch how the client sends its requests
 */
function clientRules(
  fetch: (request: Request) => Promise<Response>,
  backends: () => Partial<Backends> = () => ({}),
  forget: (userId: string) => Promise<void> = async () => {},
) {
  let service: TestService;
  let store: MemoryTokenStore;
  let ended: number;
  let userId: string;
  /** The requests to the service. */
  let sent: string[];
  const device = "Ann's phone";
  const client = (options: Partial<ClientOptions> = {}) =>
    createClient({
      baseUrl: service.url,
      apiKey,
      tokens: store,
      device,
      onSessionEnded: () => {
        ended += 1;
      },
      fetch: (request) => {
        sent.push(`${request.method} ${new URL(request.url).pathname}`);
        return fetch(request);
      },
      ...options,
    });
  const refreshes = () => sent.filter((line) => line === "POST /v1/auth/refresh").length;

  beforeEach(async () => {
    service = await startService(backends(), { apiKey });
    [store, ended, sent] = [new MemoryTokenStore(), 0, []];
    const { data } = await client().register(newPerson());
    userId = data!.user.id;
    sent = [];
  });
  afterEach(async () => {
    await service.stop();
    await forget(userId);
  });

  it("registers, names the device, stores the tokens and sends them", async () => {
    const { data } = await client().api.GET("/v1/sessions");
    expect(data!.sessions[0]).to.include({ device, current: true });
  });

  it("registers once, however often it sends one key", async () => {
    const [person, key] = [newPerson(), "f0a54a2c-5b1e-4a7b-9f0e-3f0a5d6b7c81"];
    const first = await client().register(person, key);
    const again = await client().register(person, key);
    expect(again.data!.user).to.deep.equal(first.data!.user);
    await forget(first.data!.user.id);
  });

  it("sends its version", async () => {
    const strict = await startService(backends(), { apiKey, minimumAppVersion: "2.0.0" });
    const old = client({ baseUrl: strict.url, appVersion: "1.4.2" });
    const { error } = await old.login({ email: "unknown@example.com", password: "not the password" });
    await strict.stop();
    expect(error).to.include({ type: "https://ecobeat.app/problems/app-version-too-old", minimum_version: "2.0.0" });
  });

  it("distinguishes a wrong password from an expired access token", async () => {
    const { error } = await client().login({ email: "unknown@example.com", password: "not the password" });
    expect(error!.type).to.equal("https://ecobeat.app/problems/invalid-credentials");
    expect([refreshes(), ended]).to.deep.equal([0, 0]);
  });

  it("refreshes once for fifty concurrent calls with an expired token", async () => {
    service.advance(past);
    const { api } = client();
    const responses = await Promise.all(Array.from({ length: 50 }, () => api.GET("/v1/users/me")));
    expect(responses.map(({ data }) => data?.id)).to.deep.equal(Array(50).fill(userId));
    expect(refreshes()).to.equal(1);
    service.advance(past);
    expect((await api.GET("/v1/users/me")).data?.id).to.equal(userId);
    expect([refreshes(), ended]).to.deep.equal([2, 0]);
  });

  for (const [what, body] of Object.entries({
    "a page of HTML": "<html>Unauthorized</html>",
    "no body": "",
    null: "null",
    "the problem of a missing token": '{"type":"https://ecobeat.app/problems/missing-token"}',
  })) {
    it(`does not refresh for a 401 with ${what}`, async () => {
      const { api } = client({
        fetch: async (request) => {
          sent.push(`${request.method} ${new URL(request.url).pathname}`);
          return new Response(body, { status: 401 });
        },
      });
      const { response } = await api.GET("/v1/users/me", { parseAs: "text" });
      expect([response.status, refreshes(), ended]).to.deep.equal([401, 0, 0]);
    });
  }

  it("sends the body again with the new token", async () => {
    service.advance(past);
    const { data } = await client().api.PATCH("/v1/users/me", { body: { name: "Anna" } });
    expect(data!.name).to.equal("Anna");
  });

  it("notes that it sends its refresh token, and stores the new pair before it uses it", async () => {
    service.advance(past);
    const order: string[] = [];
    const write = store.write.bind(store);
    store.write = async (tokens) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      await write(tokens);
      order.push(tokens.isSent ? "noted" : "stored");
    };
    const { api } = client({
      fetch: (request) => {
        order.push(
          request.headers.get("authorization") === `Bearer ${store.written[2]?.accessToken}` ? "used" : "sent",
        );
        return fetch(request);
      },
    });
    await api.GET("/v1/users/me");
    expect(order).to.deep.equal(["sent", "noted", "sent", "stored", "used"]);
  });

  it("continues after the app was killed between the refresh and storing its response", async () => {
    service.advance(past);
    const killed = client();
    const write = store.write.bind(store);
    store.write = (tokens) => (tokens.isSent ? write(tokens) : new Promise(() => {}));
    void killed.api.GET("/v1/users/me");
    while (refreshes() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const kept = new MemoryTokenStore();
    await kept.write(store.tokens!);
    expect((await client({ tokens: kept }).api.GET("/v1/users/me")).data?.id).to.equal(userId);
    expect([refreshes(), ended]).to.deep.equal([2, 0]);
  });

  it("sends the same token again when the response to a refresh was lost", async () => {
    service.advance(past);
    let lost = 0;
    const { api } = client({
      fetch: async (request) => {
        const isRefresh = request.url.endsWith("/refresh");
        const response = await fetch(request);
        if (isRefresh && ++lost <= 2) throw new TypeError("Network request failed");
        return response;
      },
    });
    expect((await api.GET("/v1/users/me")).data?.id).to.equal(userId);
    expect([lost, ended]).to.deep.equal([3, 0]);
  });

  it("keeps the tokens when all responses to a refresh were lost, and then sends the old one once a call", async () => {
    service.advance(past);
    const time = skippedTime();
    let isBad = true;
    const { api } = client({
      fetch: async (request) => {
        sent.push(`${request.method} ${new URL(request.url).pathname}`);
        const response = await fetch(request);
        if (isBad && request.url.endsWith("/refresh")) throw new TypeError("Network request failed");
        return response;
      },
      time,
    });
    const before = store.tokens;
    const fails = async () => expect(await api.GET("/v1/users/me").catch((error) => error)).to.be.instanceOf(TypeError);
    await fails();
    const first = refreshes();
    expect(first).to.be.above(3);
    // The service counts the late ones: a fourth within a day would end the session.
    for (const late of [1, 2]) {
      await time.wait(3_600_000);
      service.advance(3_600);
      await fails();
      expect(refreshes()).to.equal(first + late);
    }
    isBad = false;
    expect([store.tokens, ended]).to.deep.equal([{ ...before, isSent: true }, 0]);
    expect((await api.GET("/v1/users/me")).data?.id).to.equal(userId);
    expect([refreshes(), ended]).to.deep.equal([first + 3, 0]);
    const late = service.lines.filter(({ event }) => event === "refresh_token_repeated_late");
    expect(late).to.have.length(3);
  });

  it("survives an outage in which refreshes are executed without a response, however often the app starts", async () => {
    service.advance(past);
    let isOut = true;
    const unavailable = () =>
      Response.json(
        { type: "https://ecobeat.app/problems/unavailable", title: "", status: 503, detail: "" },
        { status: 503, headers: { "Retry-After": "5" } },
      );
    const start = () =>
      client({
        fetch: async (request) => {
          sent.push(`${request.method} ${new URL(request.url).pathname}`);
          const response = await fetch(request);
          if (!isOut) return response;
          return request.url.endsWith("/health/ready") || request.url.endsWith("/refresh") ? unavailable() : response;
        },
        time: skippedTime(),
      });
    for (let call = 0; call < 10; call++) {
      const { error } = await start().api.GET("/v1/users/me");
      expect(error).to.include({ type: "https://ecobeat.app/problems/unavailable", status: 503 });
      service.advance(60);
    }
    // At first, while it costs nothing.
    expect(refreshes()).to.equal(2);
    isOut = false;
    expect((await start().api.GET("/v1/users/me")).data?.id).to.equal(userId);
    expect([refreshes(), ended]).to.deep.equal([3, 0]);
  });

  it("keeps the tokens when the service is unreachable, and refreshes them later", async () => {
    service.advance(past);
    const { api } = client({
      fetch: (request) =>
        request.url.endsWith("/refresh") ? Promise.reject(new TypeError("Network request failed")) : fetch(request),
      time: skippedTime(),
    });
    const failure = await api.GET("/v1/users/me").catch((error) => error);
    expect(failure).to.be.instanceOf(TypeError);
    expect((await client().api.GET("/v1/users/me")).data?.id).to.equal(userId);
    expect(ended).to.equal(0);
  });

  it("ends the session, and removes the tokens, when a refresh is refused", async () => {
    service.advance(366 * 24 * 3600);
    const { api } = client();
    const responses = await Promise.all(Array.from({ length: 5 }, () => api.GET("/v1/users/me")));
    expect(responses.map(({ response }) => response.status)).to.deep.equal(Array(5).fill(401));
    expect([ended, store.tokens]).to.deep.equal([1, undefined]);
  });

  it("ends the session when a new token is refused", async () => {
    await service.send("DELETE", "/v1/users/me", {
      token: store.tokens!.accessToken,
      headers: { "x-api-key": apiKey },
    });
    const accessToken = store.tokens!.accessToken;
    const { response } = await client({
      fetch: (request) =>
        request.url.endsWith("/refresh")
          ? Promise.resolve(Response.json({ access_token: `${accessToken}`, refresh_token: "next" }))
          : fetch(request),
    }).api.GET("/v1/users/me");
    expect([response.status, ended, store.tokens]).to.deep.equal([401, 1, undefined]);
  });

  it("ends the session in the service at a logout", async () => {
    const { refreshToken } = store.tokens!;
    await client().logout();
    expect([store.tokens, ended]).to.deep.equal([undefined, 0]);
    const { status } = await service.send("POST", "/v1/auth/refresh", {
      body: { refresh_token: refreshToken },
      headers: { "x-api-key": apiKey },
    });
    expect(status).to.equal(401);
  });

  describe("on a failing network", () => {
    let proxy: TcpProxy;
    beforeEach(async () => {
      proxy = await startTcpProxy("127.0.0.1", Number(new URL(service.url).port));
    });
    afterEach(() => proxy.close());

    it("gets its new tokens even if the response to a refresh never comes", async () => {
      service.advance(past);
      let isFirst = true;
      const { api } = client({
        baseUrl: `http://127.0.0.1:${proxy.port}`,
        fetch: async (request) => {
          if (!request.url.endsWith("/refresh") || !isFirst) return fetch(request);
          isFirst = false;
          // The service gets the request, but its response is lost.
          await fetch(request.clone());
          proxy.blackhole();
          setTimeout(() => proxy.restore(), 500);
          return fetch(request);
        },
      });
      expect((await api.GET("/v1/users/me")).data?.id).to.equal(userId);
      expect(ended).to.equal(0);
    });
  });
}

describe("The app's client on a phone", () => clientRules(sendFromPhone));
describe("The app's client in a browser", () => clientRules(sendFromBrowser));

describeWith("REDIS_URL", "The app's client, with Redis behind the service", () => {
  let redis: RedisConnection;
  before(() => {
    redis = new RedisConnection(process.env.REDIS_URL!);
  });
  after(() => redis.close());
  clientRules(
    sendFromPhone,
    () => ({ sessions: async () => new RedisSessionStore(redis) }),
    async (userId) => {
      await redis.run(async (client) => {
        for (const key of await client.keys(`${cacheKeyPrefix}{${userId}}:*`)) await client.del(key);
      });
    },
  );
});
