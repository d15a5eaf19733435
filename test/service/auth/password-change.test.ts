import { expect } from "chai";
import { defaultLimits } from "../../../service/config.ts";
import { MemorySessionStore } from "../../../service/local/memory-session-store.ts";
import { Erasures } from "../../../service/users/erasures.ts";
import { UserRepository } from "../../../service/users/repository.ts";
import { embeddedDatabase } from "../../support/databases.ts";
import { createFailingDependency } from "../../support/failing-dependency.ts";
import { interceptedDatabase } from "../../support/intercepted-database.ts";
import { unreachable } from "../../support/real-errors.ts";
import {
  expectProblem,
  newPerson,
  startService,
  type TestUser,
  testConfig,
  useService,
} from "../../support/service.ts";

describe("Changing the password", () => {
  const service = useService();
  const newPassword = "quite another passphrase";

  const change = ({ send, password }: TestUser, { current_password = password, new_password = newPassword } = {}) =>
    send("PUT", "/v1/auth/password", { body: { current_password, new_password } });
  const canLogIn = async ({ email }: TestUser, password: string) =>
    (await service.logIn({ email, password })).status === 200;

  it("takes the old one, and ends all sessions but the one that sends the request", async () => {
    const user = await service.register();
    const other = (await service.logIn(user)).body;
    expect((await change(user)).status).to.equal(204);
    expect(await canLogIn(user, user.password)).to.equal(false);
    expect(await canLogIn(user, newPassword)).to.equal(true);
    expect((await service.refresh(other.refresh_token)).status).to.equal(401);
    expect((await service.refresh(user.refreshToken)).status).to.equal(200);
  });

  it("is refused when the account was deleted in the meantime", async () => {
    await using embedded = await embeddedDatabase();
    await using other = await startService({ database: async () => embedded.database });
    const user = await other.register();
    await new Erasures(embedded.database).mark(user.id, new Date());
    await new UserRepository(embedded.database).delete(user.id);
    expect((await change(user)).status).to.equal(401);
  });

  it("changes nothing while sessions cannot be ended: a thief's would stay", async () => {
    const sessions = createFailingDependency(new MemorySessionStore(), unreachable.redis, "revokeAll");
    const { passwordChangeByUser } = defaultLimits;
    await using other = await startService(
      { sessions: async () => sessions.proxy },
      { limits: { ...testConfig.limits, passwordChangeByUser } },
    );
    const user = await other.register();
    sessions.state.down = true;
    for (let i = 0; i < 20; i++) expect((await change(user)).status).to.equal(503);
    expect((await other.logIn(user)).status).to.equal(200);
    sessions.state.down = false;
    expect((await change(user)).status).to.equal(204);
  });

  it("refuses a wrong one", async () => {
    const user = await service.register();
    const response = await change(user, { current_password: "not the password" });
    expectProblem(response, 422, "wrong-password");
    expect(response.body.errors).to.deep.equal([{ pointer: "/current_password", detail: "is wrong" }]);
    expect(await canLogIn(user, user.password)).to.equal(true);
  });

  it("of a user over the limit survives a database that then fails: nothing waits for it", async () => {
    await using embedded = await embeddedDatabase();
    const error = await unreachable.mongodb();
    let respond: (() => void) | undefined;
    const database = interceptedDatabase(embedded.database, async (operation) => {
      if (operation !== "users.findOne" || !respond) return;
      await new Promise<void>((resolve) => {
        respond = resolve;
      });
      throw error;
    });
    const limits = { ...testConfig.limits, passwordChangeByUser: { requests: 2, windowSeconds: 60 } };
    await using other = await startService({ database: async () => database }, { limits });
    const user = await other.register();
    expect((await change(user, { current_password: "wrong" })).status).to.equal(422);
    respond = () => {};
    expect((await change(user)).status).to.equal(429);
    respond();
    // Unhandled, the failure would end the process.
    await new Promise(setImmediate);
  });

  it("may be sent again when its response was lost", async () => {
    const user = await service.register();
    for (let i = 0; i < 2; i++) expect((await change(user)).status).to.equal(204);
    const changes = service.lines.filter((line) => line.event === "password_changed" && line.user_id === user.id);
    expect(changes).to.have.length(1);
    expect(await canLogIn(user, newPassword)).to.equal(true);
  });

  it("changes once for ten at once with different new ones, and refuses the others", async () => {
    const user = await service.register();
    const passwords = Array.from({ length: 10 }, (_, index) => `passphrase number ${index}`);
    const responses = await Promise.all(passwords.map((new_password) => change(user, { new_password })));
    const done = passwords.filter((_, index) => responses[index]!.status === 204);
    expect(done).to.have.length(1);
    for (const { status } of responses) expect(status).to.be.oneOf([204, 409, 422]);
    expect(await canLogIn(user, done[0]!)).to.equal(true);
  });

  it("refuses a new one that is common, or made of what is known of the user, as registration does", async () => {
    const user = await service.register();
    const localPart = user.email.split("@")[0]!;
    for (const common of ["password1", localPart]) {
      const refused = await change(user, { new_password: common });
      expectProblem(refused, 422, "common-password");
      expect(refused.body.errors).to.deep.equal([{ pointer: "/new_password", detail: "is too common" }]);
      const person = { ...newPerson(), email: `${localPart}@example.org`, password: common };
      const { status, body } = await service.send("POST", "/v1/auth/register", { body: person });
      expect([status, body.errors[0].pointer]).to.deep.equal([422, "/password"]);
    }
  });

  it("counts the characters of what is compared", async () => {
    const user = await service.register();
    // Seven letters, one of them with its accent apart.
    expect((await change(user, { new_password: "cafe\u0301 au" })).status).to.equal(422);
    expect((await change(user, { new_password: "cafe\u0301 aux" })).status).to.equal(204);
  });
});
