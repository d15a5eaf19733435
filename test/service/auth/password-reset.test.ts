import { expect } from "chai";
import { confirmAddress, getToken, listLinks, requestReset } from "../../support/mails.ts";
import { expectProblem, newPerson, testConfig, useService } from "../../support/service.ts";

const newPassword = "nine purple umbrellas";

describe("Resetting a password", () => {
  const service = useService();

  const request = (email: string) => service.send("POST", "/v1/auth/password-reset", { body: { email } });
  const confirm = (token: string, new_password = newPassword) =>
    service.send("POST", "/v1/auth/password-reset/confirm", { body: { token, new_password } });

  it("mails a link, which sets another password and ends all sessions", async () => {
    const user = await service.registerConfirmed();
    const token = await requestReset(service, user);
    expect((await confirm(token)).status).to.equal(204);
    expect((await service.refresh(user.refreshToken)).status).to.equal(401);
    expect((await service.logIn(user)).status).to.equal(401);
    expect((await service.logIn({ ...user, password: newPassword })).status).to.equal(200);
    expect(service.mails.at(-1)).to.deep.equal({ kind: "password-changed", to: user.email });
  });

  it("opens no session", async () => {
    const token = await requestReset(service, await service.registerConfirmed());
    expect(await confirm(token)).to.include({ status: 204, body: "" });
  });

  it("mails a link of the configured URL that is valid for 15 minutes", async () => {
    const user = await service.registerConfirmed();
    await requestReset(service, user);
    const mail = service.mails.at(-1)!;
    if (mail.kind !== "password-reset") throw new Error(mail.kind);
    expect(mail.link).to.match(/^https:\/\/api\.test\/links\/reset-password\?token=[\w-]{43}$/);
    expect(mail.link.startsWith(testConfig.apiUrl)).to.equal(true);
    const minutes = (Date.parse(mail.expiresAt) - Date.now()) / 60_000;
    expect(Math.round(minutes)).to.equal(15);
  });

  it("mails a link to confirm the address first, if that was never done", async () => {
    const user = await service.register();
    service.mails.length = 0;
    expect((await request(user.email)).status).to.equal(202);
    expect(service.mails.map(({ kind }) => kind)).to.deep.equal(["email-verification"]);
    await confirmAddress(service, user);
    await request(user.email);
    expect((await confirm(getToken(service, "password-reset", user.email))).status).to.equal(204);
  });

  it("queues nothing to send for an address without an account", async () => {
    service.mails.length = 0;
    expect((await request(newPerson().email)).status).to.equal(202);
    expect(service.mails).to.deep.equal([{ kind: "none" }]);
  });

  it("finds the account in any spelling, and mails to its own", async () => {
    const user = await service.registerConfirmed();
    await request(user.email.toUpperCase());
    expect(listLinks(service, "password-reset", user.email)).to.have.length(1);
  });

  it("refuses a common password, and the link stays valid", async () => {
    const token = await requestReset(service, await service.registerConfirmed());
    expectProblem(await confirm(token, "password123"), 422, "common-password");
    expect((await confirm(token)).status).to.equal(204);
  });

  it("is recorded as a security event, as are confirmed and changed addresses", async () => {
    const user = await service.registerConfirmed();
    const { email } = newPerson();
    const body = { new_email: email, current_password: user.password };
    expect((await user.send("PUT", "/v1/auth/email", { body })).status).to.equal(202);
    const token = getToken(service, "email-change", email);
    expect((await service.send("POST", "/v1/auth/email/confirm", { body: { token } })).status).to.equal(204);
    expect((await confirm(await requestReset(service, { email }))).status).to.equal(204);
    const events = service.lines.flatMap(({ event, user_id }) => (user_id === user.id && event ? [event] : []));
    expect(events).to.deep.equal([
      ...["email_verified", "email_change_requested", "email_changed"],
      ...["password_reset_requested", "password_reset"],
    ]);
  });
});
