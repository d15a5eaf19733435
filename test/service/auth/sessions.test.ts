import { expect } from "chai";
import { expectProblem, useService } from "../../support/service.ts";

describe("A user's sessions over HTTP", () => {
  const service = useService();

  /** A user with two devices. */
  async function twoDevices() {
    const phone = await service.register({ device: "phone" });
    const { email, password } = phone;
    const body = { email, password, device: "tablet" };
    const tablet = (await service.send("POST", "/v1/auth/login", { body })).body;
    const refreshed = async () => [
      (await service.refresh(phone.refreshToken)).status,
      (await service.refresh(tablet.refresh_token)).status,
    ];
    return { phone, tablet, refreshed };
  }
  const list = async (token: string) => (await service.send("GET", "/v1/sessions", { token })).body.sessions;
  const lastEvent = () => service.lines.findLast(({ message }) => message === "security event")!;

  it("are listed with the device's name, the times and places of use, and which one is current", async () => {
    const { phone, tablet } = await twoDevices();
    service.advance(60);
    const { body } = await service.refresh(tablet.refresh_token, { "cloudfront-viewer-country": "IT" });
    const sessions = await list(body.access_token);
    expect(sessions).to.have.length(2);
    expect(sessions[0]).to.include({ device: "tablet", country: "IT", current: true });
    expect(sessions[1]).to.include({ device: "phone", country: null, current: false });
    const { created_at, last_used_at } = sessions[0];
    expect(Date.parse(last_used_at) - Date.parse(created_at)).to.be.within(60_000, 65_000);
    expect(sessions[0]).to.have.all.keys("id", "device", "country", "created_at", "last_used_at", "current");
    expect((await list(phone.token))[1]).to.include({ device: "phone", current: true });
  });

  it("have no name when the app gave none", async () => {
    const { token } = await service.register();
    expect((await list(token))[0]).to.include({ device: null, current: true });
  });

  it("ignore a country that is none", async () => {
    const { tablet } = await twoDevices();
    await service.refresh(tablet.refresh_token, { "cloudfront-viewer-country": "<script>" });
    for (const { country } of await list(tablet.access_token)) expect(country).to.equal(null);
  });

  it("can be ended one by one", async () => {
    const { phone, refreshed } = await twoDevices();
    const sessions = await list(phone.token);
    const { id } = sessions.find(({ device }: { device: string }) => device === "tablet");
    const end = () => phone.send("DELETE", `/v1/sessions/${id}`);
    expect((await end()).status).to.equal(204);
    expect(await refreshed()).to.deep.equal([200, 401]);
    expectProblem(await end(), 404, "session-not-found");
    expect(lastEvent()).to.include({ event: "session_revoked", user_id: phone.id });
  });

  it("when ended, are refused immediately by sensitive routes, and by others until the access token expires", async () => {
    const { phone, tablet } = await twoDevices();
    await phone.send("DELETE", "/v1/sessions");
    const send = (method: string, path: string, body?: object) =>
      service.send(method, path, { token: tablet.access_token, body });
    expect((await send("GET", "/v1/users/me")).status).to.equal(200);
    const body = { current_password: phone.password, new_password: "quite another passphrase" };
    for (const [method, path, sent] of [
      ["GET", "/v1/sessions"],
      ["DELETE", "/v1/sessions"],
      ["DELETE", "/v1/sessions/x"],
      ["PUT", "/v1/auth/password", body],
      ["DELETE", "/v1/users/me"],
    ] as const) {
      expectProblem(await send(method, path, sent), 401, "invalid-token");
    }
    service.advance(900);
    const expired = await send("GET", "/v1/users/me");
    expect(expired.status).to.equal(401);
    expect(expired.headers.get("x-amzn-remapped-www-authenticate")).to.contain('error="invalid_token"');
  });

  it("log it when a refresh token is used twice, with the user's id alone", async () => {
    const { phone } = await twoDevices();
    await service.refresh((await service.refresh(phone.refreshToken)).body.refresh_token);
    expectProblem(await service.refresh(phone.refreshToken), 401, "refresh-token-reused");
    const expected = { level: "warn", event: "refresh_token_reused", user_id: phone.id, SecurityEvents: 1 };
    expect(lastEvent()).to.include(expected);
    expect(lastEvent()).to.have.all.keys("timestamp", "message", "_aws", ...Object.keys(expected));
  });
});
