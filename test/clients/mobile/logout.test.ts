import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { type ClientOptions, createClient } from "../../../clients/mobile/index.ts";
import { newPerson, startService, type TestService } from "../../support/service.ts";
import { MemoryTokenStore } from "./memory-token-store.ts";

const past = 16 * 60;

describe("The app's client after a logout", () => {
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
      ...options,
    });

  beforeEach(async () => {
    service = await startService();
    [store, ended] = [new MemoryTokenStore(), 0];
    await client().register(newPerson());
  });
  afterEach(() => service.stop());

  for (const offset of [0, 5, 10, 15, 20, 30]) {
    it(`stays logged out if a call found its token expired ${offset} ms before, and the store is slow`, async () => {
      service.advance(past);
      store.slow = 20;
      const { api, logout } = client();
      const call = api.GET("/v1/users/me");
      await sleep(offset);
      await logout();
      await call;
      await sleep(50);
      expect([store.tokens, ended]).to.deep.equal([undefined, 0]);
    });
  }

  it("never sends one user's request with the token of the next", async () => {
    service.advance(past);
    let release = () => {};
    const refused = new Promise<void>((resolve) => {
      release = resolve;
    });
    const bearers: string[] = [];
    const phone = client({
      fetch: async (request) => {
        if (!request.url.endsWith("/v1/users/me")) return fetch(request);
        bearers.push(request.headers.get("authorization")!);
        const response = await fetch(request);
        await refused;
        return response;
      },
    });
    const { accessToken } = store.tokens!;
    const call = phone.api.GET("/v1/users/me");
    while (bearers.length === 0) await sleep(1);
    await phone.logout();
    const bob = (await phone.register(newPerson())).data!;
    release();
    expect((await call).response.status).to.equal(401);
    expect(bearers).to.deep.equal([`Bearer ${accessToken}`]);
    expect([store.tokens!.accessToken, ended]).to.deep.equal([bob.access_token, 0]);
  });
});
