import { expect } from "chai";
import { defaultLimits } from "../../../service/config.ts";
import { MemorySessionStore } from "../../../service/local/memory-session-store.ts";
import { UnavailableError } from "../../../service/platform/deadline.ts";
import { UserRepository } from "../../../service/users/repository.ts";
import { embeddedDatabase } from "../../support/databases.ts";
import { newPerson, startService, type TestService, testConfig } from "../../support/service.ts";

describe("Changing the password", () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

  const new_password = "quite another passphrase";

  async function registered() {
    const person = newPerson();
    const { body } = await service.send("POST", "/v1/auth/register", { body: person });
    return { person, ...body };
  }
  const login = (email: string, password: string) =>
    service.send("POST", "/v1/auth/login", { body: { email, password } });
  const change = (token: string, current_password: string, next = new_password) =>
    service.send("PUT", "/v1/auth/password", { token, body: { current_password, new_password: next } });

  it("takes the old one, and ends all sessions but the one that asks", async () => {
    const { person, access_token, refresh_token } = await registered();
    const other = (await login(person.email, person.password)).body;
    expect((await change(access_token, person.password)).status).to.equal(204);
    expect((await login(person.email, person.password)).status).to.equal(401);
    expect((await login(person.email, new_password)).status).to.equal(200);
    const refresh = (token: string) =>
      service.send("POST", "/v1/auth/refresh", { body: { refresh_token: token } });
    expect((await refresh(other.refresh_token)).status).to.equal(401);
    expect((await refresh(refresh_token)).status).to.equal(200);
  });

  it("is refused when the account was deleted in the meantime", async () => {
    const { database, remove } = await embeddedDatabase();
    const other = await startService({ database: async () => database });
    const person = newPerson();
    const { body } = await other.send("POST", "/v1/auth/register", { body: person });
    await new UserRepository(database).delete(body.user.id);
    const refused = await other.send("PUT", "/v1/auth/password", {
      token: body.access_token,
      body: { current_password: person.password, new_password },
    });
    expect(refused.status).to.equal(401);
    await other.stop();
    await remove();
  });

  it("changes nothing while sessions cannot be ended: a thief's would stay", async () => {
    const sessions = new MemorySessionStore();
    const other = await startService(
      { sessions: async () => sessions },
      { limits: { ...testConfig.limits, passwordChangeByUser: defaultLimits.passwordChangeByUser } },
    );
    const person = newPerson();
    const { body } = await other.send("POST", "/v1/auth/register", { body: person });
    const { revokeAll } = sessions;
    sessions.revokeAll = async () => {
      throw new UnavailableError("down");
    };
    const change = () =>
      other.send("PUT", "/v1/auth/password", {
        token: body.access_token,
        body: { current_password: person.password, new_password },
      });
    for (let i = 0; i < 20; i++) expect((await change()).status).to.equal(503);
    const old = { email: person.email, password: person.password };
    expect((await other.send("POST", "/v1/auth/login", { body: old })).status).to.equal(200);
    sessions.revokeAll = revokeAll;
    expect((await change()).status).to.equal(204);
    await other.stop();
  });

  it("refuses a wrong one", async () => {
    const { person, access_token } = await registered();
    const refused = await change(access_token, "not the password");
    expect(refused.status).to.equal(422);
    expect(refused.body).to.deep.include({
      type: "https://ecobeat.app/problems/wrong-password",
      errors: [{ pointer: "/current_password", detail: "is wrong" }],
    });
    expect((await login(person.email, person.password)).status).to.equal(200);
  });

  it("may be sent again when its answer was lost", async () => {
    const { person, access_token, user } = await registered();
    for (let i = 0; i < 2; i++) expect((await change(access_token, person.password)).status).to.equal(204);
    const changes = service.lines.filter(
      (line) => line.event === "password_changed" && line.user_id === user.id,
    );
    expect(changes).to.have.length(1);
    expect((await login(person.email, new_password)).status).to.equal(200);
  });

  it("changes once for ten at once with different new ones, and tells the others", async () => {
    const { person, access_token } = await registered();
    const wanted = Array.from({ length: 10 }, (_, index) => `passphrase number ${index}`);
    const answers = await Promise.all(wanted.map((next) => change(access_token, person.password, next)));
    const done = wanted.filter((_, index) => answers[index]!.status === 204);
    expect(done).to.have.length(1);
    for (const { status } of answers) expect(status).to.be.oneOf([204, 409, 422]);
    expect((await login(person.email, done[0]!)).status).to.equal(200);
  });

  it("refuses a new one that is common, or made of what is known of the user, as registration does", async () => {
    const { person, access_token } = await registered();
    const localPart = person.email.split("@")[0]!;
    for (const common of ["password1", localPart]) {
      const refused = await change(access_token, person.password, common);
      expect(refused.body).to.deep.include({
        type: "https://ecobeat.app/problems/common-password",
        errors: [{ pointer: "/new_password", detail: "is too common" }],
      });
      const registration = { ...newPerson(), email: `${localPart}@example.org`, password: common };
      const { status, body } = await service.send("POST", "/v1/auth/register", { body: registration });
      expect([status, body.errors[0].pointer]).to.deep.equal([422, "/password"]);
    }
  });

  it("counts the characters of what is compared", async () => {
    const { person, access_token } = await registered();
    // Seven letters, one of them with its accent apart.
    expect((await change(access_token, person.password, "cafe\u0301 au")).status).to.equal(422);
    expect((await change(access_token, person.password, "cafe\u0301 aux")).status).to.equal(204);
  });
});
