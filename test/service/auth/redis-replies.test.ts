import { expect } from "chai";
import { RedisLinkStore } from "../../../service/auth/redis-link-store.ts";
import { RedisSessionStore } from "../../../service/auth/redis-session-store.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { getToken } from "../../support/mails.ts";
import { type RedisReply, RedisServer, type RedisValue } from "../../support/redis-server.ts";
import { expectProblem, startService, type TestService, type TestUser } from "../../support/service.ts";

// A script that another program replaced, or a proxy that replies for Redis, must not look like the end of all sessions.
describe("A reply of Redis that no script has", () => {
  const redis = new RedisServer();
  let connection: RedisConnection;
  let service: TestService;
  let user: TestUser;

  before(async () => {
    await redis.start();
    connection = new RedisConnection(`redis://127.0.0.1:${redis.port}`);
    service = await startService({
      sessions: async () => new RedisSessionStore(connection),
      links: async () => new RedisLinkStore(connection),
    });
    user = await service.register();
  });
  afterEach(() => {
    redis.intercept = () => undefined;
  });
  after(async () => {
    await connection.close();
    redis.stop();
    await service.stop();
  });

  const requests = {
    "a login": () => service.logIn(user),
    "a refresh": () => service.refresh(user.refreshToken),
    "a request for a link": () => service.send("POST", "/v1/auth/password-reset", { body: { email: user.email } }),
    "the use of a link": () =>
      service.send("POST", "/v1/auth/email/confirm", {
        body: { token: getToken(service, "email-verification", user.email) },
      }),
    "a request that needs an open session": () => user.send("GET", "/v1/sessions"),
  };
  for (const value of [null, "OK", "0", [], ["other", 0]] as RedisValue[]) {
    for (const [what, send] of Object.entries(requests)) {
      it(`causes 503 to ${what}: ${JSON.stringify(value)}`, async () => {
        const reply: RedisReply = { value };
        redis.intercept = ([name]) => (name === "EVAL" ? reply : undefined);
        expectProblem(await send(), 503, "unavailable");
        redis.intercept = () => undefined;
        expect((await send()).status).to.be.within(200, 204);
      });
    }
  }
});
