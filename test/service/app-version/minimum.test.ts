import { expect } from "chai";
import { createVersionCheck } from "../../../service/app-version/minimum.ts";
import { ConfigurationError } from "../../../service/config.ts";
import { routesWithoutApiKey } from "../../../service/routes.ts";
import { expectProblem, newPerson, startService, useService } from "../../support/service.ts";

describe("The minimum version of the app", () => {
  const service = useService(() => startService({}, { minimumAppVersion: "1.4.2" }));
  const unlimited = useService();

  const send = (version: string, path = "/v1/users/me", to = service) =>
    to.send("GET", path, { headers: { "x-app-version": version } });

  for (const version of ["1.4.2", "1.4.3", "1.4.10", "1.10.0", "2.0.0", "1.4.2+45", "1.4.3-beta.1"]) {
    it(`serves ${version}`, async () => {
      expect((await send(version)).status).to.equal(401);
    });
  }

  for (const version of ["1.4.1", "1.3.9", "0.9.9", "1.4.2-beta.1", "1.4.2-rc.1+45", "0.0.0"]) {
    it(`refuses ${version}, with the minimum version and the stores`, async () => {
      const response = await send(version);
      expectProblem(response, 403, "app-version-too-old");
      expect(response.body.minimum_version).to.equal("1.4.2");
      for (const store of ["ios", "android"]) expect(response.body.stores[store]).to.match(/^https:\/\//);
      expect(response.headers.get("cache-control")).to.equal("no-store");
    });
  }

  for (const version of ["", "1", "1.4", "1.4.2.1", "v1.4.2", "01.4.2", "1.4.x", "1.4.2-", "9".repeat(400)]) {
    it(`refuses "${version.slice(0, 12)}" as an invalid version, whatever the minimum is`, async () => {
      for (const each of [service, unlimited])
        expectProblem(await send(version, "/v1/users/me", each), 400, "invalid-app-version");
    });
  }

  it("refuses none when it is 0.0.0", async () => {
    expect((await send("0.0.0-dev", "/v1/users/me", unlimited)).status).to.equal(401);
  });

  it("does not apply to a request without a version", async () => {
    expect((await service.send("GET", "/v1/users/me")).status).to.equal(401);
  });

  it("is logged without what a client may add, and counted for a login", async () => {
    await using other = await startService({}, { minimumAppVersion: "1.4.2" });
    const user = await other.register({}, { "x-app-version": "1.5.0-ann.example+build.7" });
    const headers = (version: string) => ({ "x-app-version": version });
    await other.logIn(user, headers("1.5.1"));
    await other.logIn(user);
    await other.logIn(user, headers("1.3.9"));
    await other.logIn(user, headers("junk"));
    await user.send("GET", "/v1/users/me", { headers: headers("2.0.0") });
    expect(
      other.lines.map((line) => ["app_version", "minor_version", "AppVersionRefusals"].map((name) => line[name])),
    ).to.deep.equal([
      ["1.5.0", undefined, undefined],
      ["1.5.1", "1.5", undefined],
      [undefined, "none", undefined],
      ["1.3.9", undefined, 1],
      [undefined, undefined, undefined],
      ["2.0.0", undefined, undefined],
    ]);
  });

  it("is checked before the request has any effect", async () => {
    const headers = { "x-app-version": "1.0.0" };
    const person = newPerson();
    expect((await service.send("POST", "/v1/auth/register", { body: person, headers })).status).to.equal(403);
    expect((await service.send("POST", "/v1/auth/register", { body: person })).status).to.equal(201);
  });

  it("does not apply to shared responses, as a CDN would cache the refusal for all clients", async () => {
    for (const path of routesWithoutApiKey) {
      for (const version of ["1.0.0", "junk"]) {
        expect((await send(version, path)).status, path).to.be.oneOf([200, 404]);
      }
    }
  });

  it("can be read, cached for minutes, and is the one that applies", async () => {
    const { status, headers, body } = await service.send("GET", "/v1/app");
    expect(status).to.equal(200);
    expect(headers.get("cache-control")).to.equal("public, max-age=300");
    expect(body.minimum_version).to.equal("1.4.2");
    expect(body.stores).to.deep.equal((await send("1.0.0")).body.stores);
  });

  it("can be sent and handled by the web app", async () => {
    const headers = {
      origin: "https://app.test",
      "access-control-request-method": "PATCH",
      "access-control-request-headers": "x-app-version,if-match,if-none-match,idempotency-key",
    };
    const { headers: preflight } = await service.send("OPTIONS", "/v1/users/me", { headers });
    const allowed = preflight.get("access-control-allow-headers")!.toLowerCase().split(",");
    expect(allowed).to.include.members(headers["access-control-request-headers"].split(","));
    const refused = await service.send("GET", "/v1/users/me", {
      headers: { origin: "https://app.test", "x-app-version": "1.0.0" },
    });
    expect(refused.headers.get("access-control-allow-origin")).to.equal("https://app.test");
    expect(refused.headers.get("access-control-expose-headers")).to.contain("ETag").and.contain("Location");
  });

  it("must be a version", () => {
    for (const minimum of ["", "1.4", "latest"]) {
      expect(() => createVersionCheck(minimum)).to.throw(ConfigurationError, "such as 1.4.0");
    }
  });
});
