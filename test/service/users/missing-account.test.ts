import { expect } from "chai";
import { useEmbeddedDatabase } from "../../support/database-suites.ts";
import { expectProblem, startService, type TestService, type TestUser } from "../../support/service.ts";

const body = { current_password: "a long passphrase", new_password: "another long passphrase" };

/** Requests that read the account of their token. */
const requests: Record<string, (user: TestUser) => ReturnType<TestUser["send"]>> = {
  "GET /v1/users/me": ({ send }) => send("GET", "/v1/users/me"),
  "PATCH /v1/users/me": ({ send }) => send("PATCH", "/v1/users/me", { body: { name: "Anna" } }),
  "GET /v1/users/me/export": ({ send }) => send("GET", "/v1/users/me/export"),
  "PUT /v1/auth/password": ({ send }) => send("PUT", "/v1/auth/password", { body }),
};

// A client whose new token is refused ends the session. So a dropped collection, or a restore in progress, must not look like the
// deletion of all accounts.
describe("An account that is not in the database", () => {
  const database = useEmbeddedDatabase();
  let service: TestService;
  before(async () => {
    service = await startService({ database: async () => database() });
  });
  after(() => service.stop());

  for (const [name, send] of Object.entries(requests)) {
    it(`causes 503 to ${name}, and works again when it is back`, async () => {
      const user = await service.registerConfirmed();
      const users = database().collection<{ _id: string }>("users");
      const stored = (await users.findOne({ _id: user.id }))!;
      await users.deleteOne({ _id: user.id });
      for (let attempt = 1; attempt <= 2; attempt++) {
        const response = await send(user);
        expectProblem(response, 503, "unavailable");
        expect(response.headers.get("retry-after")).to.equal("5");
      }
      await users.insertOne(stored);
      expect((await send(user)).status).to.be.within(200, 204);
    });

    it(`causes 401 to ${name} if it was deleted`, async () => {
      const user = await service.register();
      const other = (await service.logIn(user)).body;
      expect((await user.send("DELETE", "/v1/users/me")).status).to.equal(204);
      for (const token of [user.token, other.access_token]) {
        const send = requests[name]!;
        const response = await send({
          ...user,
          send: (method, path, options = {}) => service.send(method, path, { token, ...options }),
        });
        expectProblem(response, 401, "invalid-token");
      }
    });
  }

  it("can be deleted: the mark then shows it", async () => {
    const user = await service.register();
    await database().collection<{ _id: string }>("users").deleteOne({ _id: user.id });
    expect((await user.send("DELETE", "/v1/users/me")).status).to.equal(204);
    expectProblem(await user.send("GET", "/v1/users/me"), 401, "invalid-token");
  });
});
