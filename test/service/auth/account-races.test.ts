import { expect } from "chai";
import type { Db } from "mongodb";
import { MemorySessionStore } from "../../../service/local/memory-session-store.ts";
import type { User } from "../../../service/users/repository.ts";
import { describeOnDatabases } from "../../support/database-suites.ts";
import { interceptedDatabase } from "../../support/intercepted-database.ts";
import { getToken, requestReset } from "../../support/mails.ts";
import {
  type ApiResponse,
  expectProblem,
  newPerson,
  startService,
  type TestService,
  type TestUser,
} from "../../support/service.ts";

const newPassword = "nine purple umbrellas";
const anotherPassword = "four silent lighthouses";

describeOnDatabases("The use of a link that another request overtakes", (get) => {
  let service: TestService;
  let user: TestUser;
  let token: string;
  /** What happens before or after an operation of the database. */
  let intercept: (operation: string) => Promise<void>;
  const database = (): Db => get();

  before(async () => {
    const sessions = new MemorySessionStore();
    service = await startService({
      database: async () =>
        interceptedDatabase(
          database(),
          (operation) => intercept(`before ${operation}`),
          (operation) => intercept(`after ${operation}`),
        ),
      sessions: async () => sessions,
    });
  });
  after(() => service.stop());
  beforeEach(async () => {
    intercept = async () => {};
    user = await service.registerConfirmed();
    token = await requestReset(service, user);
  });

  /** Overtakes the next operation with this name. */
  function overtake(name: string, act: () => Promise<unknown>): void {
    intercept = async (operation) => {
      if (operation !== name) return;
      intercept = async () => {};
      await act();
    };
  }

  const reset = (new_password = newPassword, used = token): Promise<ApiResponse> =>
    service.send("POST", "/v1/auth/password-reset/confirm", { body: { token: used, new_password } });
  const confirm = (used: string) => service.send("POST", "/v1/auth/email/confirm", { body: { token: used } });
  const logIn = async (password: string, email = user.email) => (await service.logIn({ email, password })).status;
  const users = () => database().collection<User>("users");
  const countNotices = (kind: string) =>
    service.mails.filter((mail) => "to" in mail && mail.kind === kind && mail.to === user.email).length;
  const startChange = async () => {
    const { email } = newPerson();
    await user.send("PUT", "/v1/auth/email", { body: { new_email: email, current_password: user.password } });
    return { email, link: getToken(service, "email-change", email) };
  };

  it("by the same link with another password has no effect", async () => {
    overtake("before users.updateOne", async () => expect((await reset(anotherPassword)).status).to.equal(204));
    expectProblem(await reset(), 400, "invalid-link");
    expect([await logIn(anotherPassword), await logIn(newPassword)]).to.deep.equal([200, 401]);
  });

  it("by the same request is the same, with one notice", async () => {
    overtake("before users.updateOne", async () => expect((await reset()).status).to.equal(204));
    expect((await reset()).status).to.equal(204);
    expect(await logIn(newPassword)).to.equal(200);
    expect(countNotices("password-changed")).to.equal(1);
  });

  it("succeeds for exactly one of many passwords at the same time", async () => {
    const passwords = Array.from({ length: 8 }, (_, i) => `${newPassword} ${i}`);
    const responses = await Promise.all(passwords.map((each) => reset(each)));
    const won = passwords.filter((_, i) => responses[i]!.status === 204);
    expect(won).to.have.length(1);
    expect(responses.filter(({ status }) => status === 400)).to.have.length(7);
    expect(await logIn(won[0]!)).to.equal(200);
  });

  it("by a change of the password has no effect", async () => {
    const body = { current_password: user.password, new_password: anotherPassword };
    overtake("after users.findOne", async () =>
      expect((await user.send("PUT", "/v1/auth/password", { body })).status).to.equal(204),
    );
    expectProblem(await reset(), 400, "invalid-link");
    expect([await logIn(anotherPassword), await logIn(newPassword)]).to.deep.equal([200, 401]);
  });

  it("by a login that stores a stronger hash of the same password has no effect", async () => {
    const other = await service.register({ password: user.password });
    const { passwordHash } = (await users().findOne({ _id: other.id }))!;
    overtake("before users.updateOne", () => users().updateOne({ _id: user.id }, { $set: { passwordHash } }));
    expectProblem(await reset(), 400, "invalid-link");
    expect([await logIn(user.password), await logIn(newPassword)]).to.deep.equal([200, 401]);
  });

  it("by a change of the address has no effect", async () => {
    const { email, link } = await startChange();
    overtake("before users.updateOne", async () => expect((await confirm(link)).status).to.equal(204));
    expectProblem(await reset(), 400, "invalid-link");
    expect([await logIn(user.password, email), await logIn(newPassword, email)]).to.deep.equal([200, 401]);
  });

  it("by the deletion of the account finds none", async () => {
    overtake("before users.updateOne", async () => {
      await users().deleteOne({ _id: user.id });
      await database()
        .collection("erasures")
        .insertOne({ _id: user.id as never, deletedAt: new Date() });
    });
    expectProblem(await reset(), 400, "invalid-link");
    expect(await users().findOne({ _id: user.id })).to.equal(null);
  });

  it("says that the service is unavailable if the account is only missing", async () => {
    const { link } = await startChange();
    const stored = (await users().findOne({ _id: user.id }))!;
    await users().deleteOne({ _id: user.id });
    const body = { new_email: newPerson().email, current_password: user.password };
    const responses = [
      ...[await reset(), await confirm(link)],
      ...[await user.send("POST", "/v1/auth/email/verification"), await user.send("PUT", "/v1/auth/email", { body })],
    ];
    for (const response of responses) expectProblem(response, 503, "unavailable");
    await users().insertOne(stored);
    expect((await reset()).status).to.equal(204);
  });

  it("opens no session for a login with the old password that was in progress", async () => {
    overtake("after users.findOne", async () => expect((await reset()).status).to.equal(204));
    expectProblem(await service.logIn(user), 401, "invalid-credentials");
  });

  it("gives an address to one of a change and a registration", async () => {
    const { email, link } = await startChange();
    overtake("before users.updateOne", () => service.register({ email }));
    expectProblem(await confirm(link), 409, "email-taken");
    expect(await logIn(user.password)).to.equal(200);
  });

  it("gives an address to one of several changes", async () => {
    const { email } = newPerson();
    const links = [];
    for (const each of [user, await service.registerConfirmed(), await service.registerConfirmed()]) {
      await each.send("PUT", "/v1/auth/email", { body: { new_email: email, current_password: each.password } });
      links.push(getToken(service, "email-change", email));
    }
    const statuses = (await Promise.all(links.map(confirm))).map(({ status }) => status);
    expect(statuses.sort()).to.deep.equal([204, 409, 409]);
  });

  it("by the same change of the address is the same, with one notice", async () => {
    const { link } = await startChange();
    overtake("before users.updateOne", async () => expect((await confirm(link)).status).to.equal(204));
    expect((await confirm(link)).status).to.equal(204);
    expect(countNotices("email-changed")).to.equal(1);
  });

  it("by a reset changes no address", async () => {
    const { link } = await startChange();
    overtake("before users.updateOne", async () => expect((await reset()).status).to.equal(204));
    expectProblem(await confirm(link), 400, "invalid-link");
    expect(await logIn(newPassword)).to.equal(200);
  });
});
