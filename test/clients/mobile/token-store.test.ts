import { expect } from "chai";
import { type ClientOptions, createClient, TokenStoreError } from "../../../clients/mobile/index.ts";
import { newPerson, startService, type TestService } from "../../support/service.ts";
import { MemoryTokenStore } from "./memory-token-store.ts";

const past = 16 * 60;

describe("The app's client with a token store that fails", () => {
  let service: TestService;
  let store: MemoryTokenStore;
  let ended: number;
  let sent: string[];
  let person: ReturnType<typeof newPerson>;
  const client = (options: Partial<ClientOptions> = {}) =>
    createClient({
      baseUrl: service.url,
      apiKey: "not required",
      tokens: store,
      onSessionEnded: () => {
        ended += 1;
      },
      fetch: (request) => {
        sent.push(new URL(request.url).pathname);
        return fetch(request);
      },
      ...options,
    });
  const locked = new Error("User interaction is not allowed.");
  const fail = async () => {
    throw locked;
  };
  /** The error of a call that must fail. */
  const failureOf = (call: Promise<unknown>) =>
    call.then(
      () => expect.fail("It succeeded."),
      (error: unknown) => error,
    );
  const expectStoreError = (error: unknown) => {
    expect(error).to.be.instanceOf(TokenStoreError);
    expect((error as TokenStoreError).cause).to.equal(locked);
  };
  /** Fails to write tokens that have not been sent. */
  const failNewTokens = () => {
    const write = store.write.bind(store);
    store.write = (tokens) => (tokens.isSent ? write(tokens) : fail());
  };
  const logIn = (phone: ReturnType<typeof client>) => phone.login({ email: person.email, password: person.password });
  const repair = (name: keyof MemoryTokenStore) => delete (store as Partial<MemoryTokenStore>)[name];

  before(async () => {
    service = await startService();
  });
  after(() => service.stop());
  beforeEach(async () => {
    [store, ended, sent] = [new MemoryTokenStore(), 0, []];
    person = newPerson();
    await client().register(person);
    sent = [];
  });

  for (const [what, open] of Object.entries({
    "a login": (phone: ReturnType<typeof client>) => logIn(phone),
    "a registration": (phone: ReturnType<typeof client>) => phone.register(newPerson()),
  })) {
    it(`overwrites tokens that cannot be read by ${what}`, async () => {
      store.read = fail;
      const { data } = await open(client());
      expect(store.tokens!.accessToken).to.equal(data!.access_token);
      repair("read");
      expect((await client().api.GET("/v1/users/me")).response.status).to.equal(200);
    });
  }

  it("reports tokens that cannot be read, and does not log out", async () => {
    const { tokens } = store;
    store.read = fail;
    const phone = client();
    expectStoreError(await failureOf(phone.api.GET("/v1/users/me")));
    expect([store.tokens, ended, sent]).to.deep.equal([tokens, 0, []]);
    repair("read");
    expect((await phone.api.GET("/v1/users/me")).response.status).to.equal(200);
  });

  it("does not log out if the tokens can no longer be read once the service has refused them", async () => {
    service.advance(past);
    const { tokens } = store;
    const phone = client({
      fetch: async (request) => {
        store.read = fail;
        return fetch(request);
      },
    });
    expectStoreError(await failureOf(phone.api.GET("/v1/users/me")));
    expect([store.tokens, ended]).to.deep.equal([tokens, 0]);
    repair("read");
    expect((await client().api.GET("/v1/users/me")).response.status).to.equal(200);
  });

  it("removes tokens that cannot be read at a logout", async () => {
    store.read = fail;
    await client().logout();
    expect(store.tokens).to.equal(undefined);
  });

  it("reports tokens that cannot be removed at a logout", async () => {
    store.clear = fail;
    expectStoreError(await failureOf(client().logout()));
  });

  it("sends no token twice because its successor could not be stored", async () => {
    service.advance(past);
    failNewTokens();
    const phone = client();
    for (let call = 0; call < 5; call++) {
      expectStoreError(await failureOf(phone.api.GET("/v1/users/me")));
      // Longer than the service accepts a used token again.
      service.advance(60);
    }
    repair("write");
    expect((await phone.api.GET("/v1/users/me")).response.status).to.equal(200);
    expect(sent.filter((path) => path === "/v1/auth/refresh")).to.have.length(1);
    service.advance(past);
    expect((await phone.api.GET("/v1/users/me")).response.status).to.equal(200);
    expect(ended).to.equal(0);
  });

  it("sends no token of which it could not note that it was sent", async () => {
    service.advance(past);
    store.write = fail;
    const phone = client();
    expectStoreError(await failureOf(phone.api.GET("/v1/users/me")));
    expect(sent).to.deep.equal(["/v1/users/me"]);
    repair("write");
    expect((await phone.api.GET("/v1/users/me")).response.status).to.equal(200);
  });

  it("ends the session of tokens that could not be stored at a logout", async () => {
    service.advance(past);
    failNewTokens();
    const phone = client();
    expectStoreError(await failureOf(phone.api.GET("/v1/users/me")));
    repair("write");
    await phone.logout();
    expect(store.tokens).to.equal(undefined);
    await logIn(client());
    expect((await client().api.GET("/v1/sessions")).data!.sessions).to.have.length(1);
  });
});
