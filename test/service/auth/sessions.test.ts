import { expect } from "chai";
import { newPerson, startService, type TestService } from "../../support/service.ts";

describe("A user's sessions over HTTP", () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

  /** Somebody with two devices. */
  async function twoDevices() {
    const person = { ...newPerson(), device: "phone" };
    const phone = (await service.send("POST", "/v1/auth/register", { body: person })).body;
    const { email, password } = person;
    const body = { email, password, device: "tablet" };
    const tablet = (await service.send("POST", "/v1/auth/login", { body })).body;
    return { person, phone, tablet };
  }
  const list = (token: string) => service.send("GET", "/v1/sessions", { token });
  const refresh = (refresh_token: string, headers = {}) =>
    service.send("POST", "/v1/auth/refresh", { body: { refresh_token }, headers });
  const securityEvents = () =>
    service.lines
      .filter(({ message }) => message === "security event")
      .map(({ event, user_id }) => [event, user_id]);

  it("are listed with the device's name, when and where they were used, and which one asks", async () => {
    const { phone, tablet } = await twoDevices();
    service.advance(60);
    const { body } = await refresh(tablet.refresh_token, { "cloudfront-viewer-country": "IT" });
    const { sessions } = (await list(body.access_token)).body;
    expect(sessions).to.have.length(2);
    expect(sessions[0]).to.include({ device: "tablet", country: "IT", current: true });
    expect(sessions[1]).to.include({ device: "phone", country: null, current: false });
    expect(Date.parse(sessions[0].last_used_at) - Date.parse(sessions[0].created_at)).to.be.within(
      60_000,
      65_000,
    );
    expect(sessions[0]).to.have.all.keys("id", "device", "country", "created_at", "last_used_at", "current");
    expect((await list(phone.access_token)).body.sessions[1]).to.include({ device: "phone", current: true });
  });

  it("have no name when the app gave none", async () => {
    const { body } = await service.send("POST", "/v1/auth/register", { body: newPerson() });
    expect((await list(body.access_token)).body.sessions[0]).to.include({ device: null, current: true });
  });

  it("believe no country that is none", async () => {
    const { tablet } = await twoDevices();
    await refresh(tablet.refresh_token, { "cloudfront-viewer-country": "<script>" });
    for (const { country } of (await list(tablet.access_token)).body.sessions) expect(country).to.equal(null);
  });

  it("can be ended one by one", async () => {
    const { phone, tablet } = await twoDevices();
    const { sessions } = (await list(phone.access_token)).body;
    const { id } = sessions.find(({ device }: { device: string }) => device === "tablet");
    expect(
      (await service.send("DELETE", `/v1/sessions/${id}`, { token: phone.access_token })).status,
    ).to.equal(204);
    expect((await refresh(tablet.refresh_token)).status).to.equal(401);
    expect((await refresh(phone.refresh_token)).status).to.equal(200);
    const again = await service.send("DELETE", `/v1/sessions/${id}`, { token: phone.access_token });
    expect(again.body.type).to.equal("https://ecobeat.app/problems/session-not-found");
    expect(securityEvents().at(-1)).to.deep.equal(["session_revoked", phone.user.id]);
  });

  it("can all be ended but the one that asks", async () => {
    const { phone, tablet } = await twoDevices();
    expect((await service.send("DELETE", "/v1/sessions", { token: phone.access_token })).status).to.equal(
      204,
    );
    expect((await refresh(tablet.refresh_token)).status).to.equal(401);
    expect((await refresh(phone.refresh_token)).status).to.equal(200);
  });

  it("of others cannot be seen or ended", async () => {
    const [mine, other] = [await twoDevices(), await twoDevices()];
    const [{ id }] = (await list(other.phone.access_token)).body.sessions;
    const { status } = await service.send("DELETE", `/v1/sessions/${id}`, { token: mine.phone.access_token });
    expect(status).to.equal(404);
    expect((await list(other.phone.access_token)).body.sessions).to.have.length(2);
  });

  it("when ended, are refused at once by sensitive routes, and by others until the access token expires", async () => {
    const { person, phone, tablet } = await twoDevices();
    await service.send("DELETE", "/v1/sessions", { token: phone.access_token });
    const token = tablet.access_token;
    expect((await service.send("GET", "/v1/users/me", { token })).status).to.equal(200);
    const body = { current_password: person.password, new_password: "quite another passphrase" };
    for (const [method, path] of [
      ["GET", "/v1/sessions"],
      ["DELETE", "/v1/sessions"],
      ["DELETE", "/v1/sessions/x"],
      ["PUT", "/v1/auth/password"],
      ["DELETE", "/v1/users/me"],
    ] as const) {
      const { status, body: problem } = await service.send(method, path, {
        token,
        ...(method === "PUT" && { body }),
      });
      expect(status, path).to.equal(401);
      expect(problem.type).to.equal("https://ecobeat.app/problems/invalid-token");
    }
    service.advance(900);
    expect((await service.send("GET", "/v1/users/me", { token })).status).to.equal(401);
  });

  it("tell the log when a refresh token is used twice, by the user's id alone", async () => {
    const { phone } = await twoDevices();
    const { body } = await refresh(phone.refresh_token);
    await refresh(body.refresh_token);
    const reused = await refresh(phone.refresh_token);
    expect(reused.status).to.equal(401);
    expect(reused.body.type).to.equal("https://ecobeat.app/problems/refresh-token-reused");
    const line = service.lines.findLast(({ message }) => message === "security event")!;
    expect(line).to.include({
      level: "warn",
      event: "refresh_token_reused",
      user_id: phone.user.id,
      SecurityEvents: 1,
    });
    expect(line).to.have.all.keys(
      "timestamp",
      "level",
      "message",
      "event",
      "user_id",
      "SecurityEvents",
      "_aws",
    );
  });
});
