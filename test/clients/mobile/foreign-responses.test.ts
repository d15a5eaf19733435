import { expect } from "chai";
import { type ClientOptions, createClient } from "../../../clients/mobile/index.ts";
import { newPerson, startService, type TestService } from "../../support/service.ts";
import { MemoryTokenStore } from "./memory-token-store.ts";
import { skippedTime } from "./skipped-time.ts";

const past = 16 * 60;
const page = (status: number) => new Response("<html>Welcome to the hotel</html>", { status });

describe("The app's client, if something else responds in place of the service", () => {
  let service: TestService;
  let store: MemoryTokenStore;
  let ended: number;
  const client = (options: Partial<ClientOptions> = {}) =>
    createClient({
      baseUrl: service.url,
      apiKey: "not required",
      tokens: store,
      onSessionEnded: () => {
        ended += 1;
      },
      time: skippedTime(),
      ...options,
    });
  /** A client whose refreshes get this response. */
  const refreshedBy = (respond: () => Response) =>
    client({ fetch: async (request) => (request.url.endsWith("/refresh") ? respond() : fetch(request)) });

  before(async () => {
    service = await startService();
  });
  after(() => service.stop());
  beforeEach(async () => {
    [store, ended] = [new MemoryTokenStore(), 0];
    await client().register(newPerson());
    service.advance(past);
  });

  const expectLoggedIn = async () => {
    expect(ended).to.equal(0);
    expect((await client().api.GET("/v1/users/me")).response.status).to.equal(200);
  };

  for (const [what, respond] of Object.entries({
    "a page with 401": () => page(401),
    "a page with 422": () => page(422),
    "no body with 401": () => new Response(null, { status: 401 }),
    "another problem with 401": () =>
      Response.json({ type: "https://ecobeat.app/problems/missing-token", status: 401 }, { status: 401 }),
  })) {
    it(`stays logged in after a refresh that got ${what}`, async () => {
      const { error } = await refreshedBy(respond).api.GET("/v1/users/me");
      expect(error!.status).to.equal(respond().status);
      await expectLoggedIn();
    });
  }

  for (const [what, respond] of Object.entries({
    "a page": () => page(200),
    "an empty object": () => Response.json({}),
    null: () => Response.json(null),
    "an access token alone": () => Response.json({ access_token: "a" }),
    "tokens that are no strings": () => Response.json({ access_token: 1, refresh_token: 2 }),
    "no content": () => new Response(null, { status: 204 }),
  })) {
    it(`keeps its tokens after a refresh that got 200 with ${what}`, async () => {
      const { refreshToken } = store.tokens!;
      const failure = await refreshedBy(respond)
        .api.GET("/v1/users/me")
        .catch((error) => error);
      expect(failure).to.be.instanceOf(TypeError);
      expect(store.tokens!.refreshToken).to.equal(refreshToken);
      await expectLoggedIn();
    });

    it(`reports a login that got 200 with ${what}, and keeps the tokens`, async () => {
      const { tokens } = store;
      const phone = client({ fetch: async () => respond() });
      const failure = await phone.login({ email: "a@example.com", password: "b" }).catch((error) => error);
      expect(failure).to.be.instanceOf(Error);
      expect(store.tokens).to.deep.equal(tokens);
    });
  }

  for (const [what, respond] of Object.entries({
    "no body": () => new Response(null, { status: 503, headers: { "Content-Length": "0" } }),
    "a page": () => page(503),
    "a string": () => Response.json("unavailable", { status: 503 }),
  })) {
    it(`gives an error to a call that got 503 with ${what}`, async () => {
      const phone = client({ fetch: async () => respond() });
      for (const { error } of [await phone.api.GET("/v1/app"), await phone.login({ email: "a@b.c", password: "d" })]) {
        expect(error).to.include({ type: "about:blank", status: 503 });
      }
    });
  }

  it("gives up a call that gets no response, without an end of its own", async () => {
    const signals: AbortSignal[] = [];
    const expired: number[] = [];
    const phone = client({
      fetch: (request) => {
        signals.push(request.signal);
        return new Promise(() => {});
      },
      time: { now: () => 0, wait: async (milliseconds) => void expired.push(milliseconds) },
    });
    const failure = await phone.api.GET("/v1/app").catch((error) => error);
    expect(failure).to.be.instanceOf(TypeError);
    expect(signals.map(({ aborted }) => aborted)).to.deep.equal([true]);
    expect(expired).to.deep.equal([60_000]);
  });

  it("gives up a call whose body never ends", async () => {
    const phone = client({
      fetch: async () => new Response(new ReadableStream({ start: (stream) => stream.enqueue(Buffer.from("{")) })),
      time: { now: () => 0, wait: async () => {} },
    });
    expect(await phone.api.GET("/v1/app").catch((error) => error)).to.be.instanceOf(TypeError);
  });

  it("ends a call that the app ends", async () => {
    const abort = new AbortController();
    const phone = client({
      fetch: (request) => {
        abort.abort();
        return fetch(request);
      },
    });
    const failure = await phone.api.GET("/v1/app", { signal: abort.signal }).catch((error) => error);
    expect(failure).to.include({ name: "AbortError" });
  });
});
