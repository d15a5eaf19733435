import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { confirmAddress, getToken, listLinks } from "../../support/mails.ts";
import {
  expectProblem,
  newPerson,
  startService,
  type TestUser,
  testConfig,
  useService,
} from "../../support/service.ts";

describe("The e-mail address of an account", () => {
  const service = useService();

  const confirm = (token: string) => service.send("POST", "/v1/auth/email/confirm", { body: { token } });
  const change = (user: TestUser, new_email: string, current_password = user.password) =>
    user.send("PUT", "/v1/auth/email", { body: { new_email, current_password } });
  const getProfile = async (user: TestUser) => (await user.send("GET", "/v1/users/me")).body;
  const listMails = (to: string) =>
    service.mails.flatMap((mail) => ("to" in mail && mail.to === to ? [mail.kind] : []));

  it("is not confirmed after a registration, which mails a link for that", async () => {
    const user = await service.register();
    expect(listMails(user.email)).to.deep.equal(["email-verification"]);
    expect(await getProfile(user)).to.include({ email: user.email, email_verified: false });
    await confirmAddress(service, user);
    expect(await getProfile(user)).to.include({ email: user.email, email_verified: true });
    expect((await service.refresh(user.refreshToken)).status).to.equal(200);
  });

  it("is confirmed by a link of the configured URL that is valid for a day", async () => {
    const user = await service.register();
    const mail = service.mails.at(-1)!;
    if (mail.kind !== "email-verification") throw new Error(mail.kind);
    expect(mail.link).to.match(/^https:\/\/api\.test\/links\/confirm-email\?token=[\w-]{43}$/);
    expect(Math.round((Date.parse(mail.expiresAt) - Date.now()) / 3_600_000)).to.equal(24);
    expect((await confirm(getToken(service, "email-verification", user.email))).status).to.equal(204);
  });

  it("gets no other mail when a registration is sent again", async () => {
    const [person, headers] = [newPerson(), { "idempotency-key": randomUUID() }];
    for (let attempt = 1; attempt <= 2; attempt++) await service.register(person, headers);
    expect(listMails(person.email)).to.deep.equal(["email-verification"]);
  });

  it("gets no mail when it is taken", async () => {
    const { email } = await service.register();
    expect((await service.send("POST", "/v1/auth/register", { body: { ...newPerson(), email } })).status).to.equal(409);
    expect(listMails(email)).to.deep.equal(["email-verification"]);
  });

  it("can get the link again, until it is confirmed", async () => {
    const user = await service.register();
    const resend = () => user.send("POST", "/v1/auth/email/verification");
    expect(await resend()).to.include({ status: 202, body: "" });
    await confirmAddress(service, user);
    expect((await resend()).status).to.equal(202);
    expect(listLinks(service, "email-verification", user.email)).to.have.length(2);
  });

  it("is confirmed by each of its links, as often as they are used", async () => {
    const user = await service.register();
    await user.send("POST", "/v1/auth/email/verification");
    const links = listLinks(service, "email-verification", user.email);
    for (const link of [...links, ...links]) {
      expect((await confirm(new URL(link).searchParams.get("token")!)).status).to.equal(204);
    }
    const { headers } = await user.send("GET", "/v1/users/me");
    expect(headers.get("etag")).to.match(/\.2"$/);
  });

  it("changes the entity tag of the profile when it is confirmed, also of a cached one", async () => {
    const user = await service.register();
    const { headers } = await user.send("GET", "/v1/users/me");
    await confirmAddress(service, user);
    const again = await user.send("GET", "/v1/users/me", { headers: { "if-none-match": headers.get("etag")! } });
    expect([again.status, again.body.email_verified]).to.deep.equal([200, true]);
  });

  it("must be confirmed before an export", async () => {
    const user = await service.register();
    expectProblem(await user.send("GET", "/v1/users/me/export"), 403, "email-not-verified");
    await confirmAddress(service, user);
    expect((await user.send("GET", "/v1/users/me/export")).body.profile.email_verified).to.equal(true);
  });

  it("changes once the new one is confirmed, and the old one is told", async () => {
    const user = await service.registerConfirmed();
    const { email } = newPerson();
    expect(await change(user, email)).to.include({ status: 202, body: "" });
    expect((await getProfile(user)).email).to.equal(user.email);
    expect(listMails(user.email).slice(1)).to.deep.equal(["email-change-requested"]);
    expect(listMails(email)).to.deep.equal(["email-change"]);
    expect((await confirm(getToken(service, "email-change", email))).status).to.equal(204);
    expect(listMails(user.email).slice(1)).to.deep.equal(["email-change-requested", "email-changed"]);
    expect(await getProfile(user)).to.include({ email, email_verified: true });
    expect((await service.logIn(user)).status).to.equal(401);
    expect((await service.logIn({ ...user, email })).status).to.equal(200);
    // As the password, sessions stay.
    expect((await service.refresh(user.refreshToken)).status).to.equal(200);
  });

  it("stays changed when the response was lost and the link is used again", async () => {
    const user = await service.registerConfirmed();
    const { email } = newPerson();
    await change(user, email);
    const token = getToken(service, "email-change", email);
    for (let attempt = 1; attempt <= 2; attempt++) expect((await confirm(token)).status).to.equal(204);
    expect(listMails(user.email)).to.deep.equal(["email-verification", "email-change-requested", "email-changed"]);
  });

  it("is not told if it was never confirmed: it may be another person's", async () => {
    const user = await service.register();
    const { email } = newPerson();
    await change(user, email);
    await confirm(getToken(service, "email-change", email));
    await user.send("PUT", "/v1/auth/password", {
      body: { current_password: user.password, new_password: "nine purple umbrellas" },
    });
    expect(listMails(user.email)).to.deep.equal(["email-verification"]);
    expect(listMails(email)).to.deep.equal(["email-change", "password-changed"]);
  });

  it("changes with the right password alone, whose attempts are counted", async () => {
    const user = await service.registerConfirmed();
    const { email } = newPerson();
    expectProblem(await change(user, email, "wrong"), 422, "wrong-password");
    expect(listMails(email)).to.deep.equal([]);
    const limits = { ...testConfig.limits, passwordChangeByUser: { requests: 1, windowSeconds: 60 } };
    await using limited = await startService({}, { limits });
    const other = await limited.register();
    for (let i = 1; i <= 2; i++) expect((await change(other, newPerson().email)).status).to.equal(202);
    expectProblem(await change(other, email, "wrong"), 422, "wrong-password");
    expectProblem(await change(other, email), 429, "too-many-requests");
  });

  it("of another account gets no mail, and the response does not tell", async () => {
    const [user, other] = [await service.registerConfirmed(), await service.registerConfirmed()];
    const before = service.mails.length;
    const [free, taken] = [await change(user, newPerson().email), await change(user, other.email.toUpperCase())];
    expect(taken).to.include({ status: free.status, body: free.body });
    expect(service.mails.slice(before + 2).map(({ kind }) => kind)).to.have.members(["none", "email-change-requested"]);
  });

  it("is refused to the holder of a link if another registers it first", async () => {
    const user = await service.registerConfirmed();
    const { email } = newPerson();
    await change(user, email);
    await service.register({ email });
    expectProblem(await confirm(getToken(service, "email-change", email)), 409, "email-taken");
    expect((await getProfile(user)).email).to.equal(user.email);
  });

  it("is told of a change of the password", async () => {
    const user = await service.registerConfirmed();
    const body = { current_password: user.password, new_password: "nine purple umbrellas" };
    // Sent again, as after a lost response, it has changed already.
    for (let attempt = 1; attempt <= 2; attempt++) {
      expect((await user.send("PUT", "/v1/auth/password", { body })).status).to.equal(204);
    }
    expect(listMails(user.email)).to.deep.equal(["email-verification", "password-changed"]);
  });

  it("of a deleted account leads nowhere", async () => {
    const user = await service.registerConfirmed();
    const { email } = newPerson();
    await change(user, email);
    await service.send("POST", "/v1/auth/password-reset", { body: { email: user.email } });
    await user.send("DELETE", "/v1/users/me");
    expectProblem(await confirm(getToken(service, "email-verification", user.email)), 400, "invalid-link");
    expectProblem(await confirm(getToken(service, "email-change", email)), 400, "invalid-link");
    const body = { token: getToken(service, "password-reset", user.email), new_password: "nine purple umbrellas" };
    expectProblem(await service.send("POST", "/v1/auth/password-reset/confirm", { body }), 400, "invalid-link");
  });
});
