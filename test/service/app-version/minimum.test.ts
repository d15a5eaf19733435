import { expect } from "chai";
import { requireAppVersion } from "../../../service/app-version/minimum.ts";
import { ConfigurationError } from "../../../service/config.ts";
import { routesWithoutApiKey } from "../../../service/routes.ts";
import { newPerson, startService, type TestService } from "../../support/service.ts";

describe("The minimum version of the app", () => {
  let service: TestService;
  before(async () => {
    service = await startService({}, { minimumAppVersion: "1.4.2" });
  });
  after(() => service.stop());

  const ask = (version: string, path = "/v1/users/me", to = service) =>
    to.send("GET", path, { headers: { "x-app-version": version } });

  for (const version of ["1.4.2", "1.4.3", "1.4.10", "1.10.0", "2.0.0", "1.4.2+45", "1.4.3-beta.1"]) {
    it(`serves ${version}`, async () => {
      expect((await ask(version)).status).to.equal(401);
    });
  }

  for (const version of ["1.4.1", "1.3.9", "0.9.9", "1.4.2-beta.1", "1.4.2-rc.1+45", "0.0.0"]) {
    it(`refuses ${version}, with what the app needs to send its user to a newer one`, async () => {
      const { status, body, headers } = await ask(version);
      expect(status).to.equal(403);
      expect(body).to.include({
        type: "https://ecobeat.app/problems/app-version-too-old",
        minimum_version: "1.4.2",
      });
      for (const store of ["ios", "android"]) expect(body.stores[store]).to.match(/^https:\/\//);
      expect(headers.get("cache-control")).to.equal("no-store");
    });
  }

  for (const version of ["", "1", "1.4", "1.4.2.1", "v1.4.2", "01.4.2", "1.4.x", "1.4.2-", "9".repeat(400)]) {
    it(`refuses "${version.slice(0, 12)}" as no version, whatever the minimum is`, async () => {
      const unlimited = await startService();
      for (const each of [service, unlimited]) {
        const { status, body } = await ask(version, "/v1/users/me", each);
        expect([status, body.type]).to.deep.equal([400, "https://ecobeat.app/problems/invalid-app-version"]);
      }
      await unlimited.stop();
    });
  }

  it("refuses none when it is 0.0.0", async () => {
    const unlimited = await startService();
    expect((await ask("0.0.0-dev", "/v1/users/me", unlimited)).status).to.equal(401);
    await unlimited.stop();
  });

  it("is not demanded of who names no version", async () => {
    expect((await service.send("GET", "/v1/users/me")).status).to.equal(401);
  });

  it("comes before anything is done", async () => {
    const headers = { "x-app-version": "1.0.0" };
    const person = newPerson();
    expect((await service.send("POST", "/v1/auth/register", { body: person, headers })).status).to.equal(403);
    expect((await service.send("POST", "/v1/auth/register", { body: person })).status).to.equal(201);
  });

  it("is not demanded where answers are for everybody, as a CDN would keep the refusal for all", async () => {
    for (const path of routesWithoutApiKey) {
      for (const version of ["1.0.0", "junk"]) {
        expect((await ask(version, path)).status, path).to.be.oneOf([200, 404]);
      }
    }
  });

  it("can be asked for, cached for minutes, and is the one that is demanded", async () => {
    const { status, headers, body } = await service.send("GET", "/v1/app");
    expect(status).to.equal(200);
    expect(headers.get("cache-control")).to.equal("public, max-age=300");
    expect(body.minimum_version).to.equal("1.4.2");
    expect(body.stores).to.deep.equal((await ask("1.0.0")).body.stores);
    const again = await service.send("GET", "/v1/app", {
      headers: { "if-none-match": headers.get("etag")! },
    });
    expect([again.status, again.headers.get("cache-control")]).to.deep.equal([304, "public, max-age=300"]);
  });

  it("can be sent and acted upon by a page of the app", async () => {
    const headers = {
      origin: "https://app.test",
      "access-control-request-method": "PATCH",
      "access-control-request-headers": "x-app-version,if-match,if-none-match,idempotency-key",
    };
    const { headers: answer } = await service.send("OPTIONS", "/v1/users/me", { headers });
    const allowed = answer.get("access-control-allow-headers")!.toLowerCase().split(",");
    expect(allowed).to.include.members(headers["access-control-request-headers"].split(","));
    const refused = await service.send("GET", "/v1/users/me", {
      headers: { origin: "https://app.test", "x-app-version": "1.0.0" },
    });
    expect(refused.headers.get("access-control-allow-origin")).to.equal("https://app.test");
    expect(refused.headers.get("access-control-expose-headers")).to.contain("ETag").and.contain("Location");
  });

  it("must be a version", () => {
    for (const minimum of ["", "1.4", "latest"]) {
      expect(() => requireAppVersion(minimum)).to.throw(ConfigurationError, "such as 1.4.0");
    }
  });
});
