import { expect } from "chai";
import { androidPackage } from "../../../service/company.ts";
import { expectProblem, startService, testConfig, useService } from "../../support/service.ts";

const files = ["/.well-known/apple-app-site-association", "/.well-known/assetlinks.json"] as const;
const linkApp = testConfig.linkApp!;

describe("The association files", () => {
  const service = useService(() => startService({}, { apiKey: "the app's key" }));

  it("let the app of Apple's devices open the links of mails, and no other", async () => {
    const { status, body } = await service.send("GET", files[0]);
    expect(status).to.equal(200);
    const [details, ...others] = body.applinks.details;
    expect(others).to.deep.equal([]);
    expect(details.appIDs).to.deep.equal(linkApp.appleAppIds);
    expect(details.components.map((each: Record<string, string>) => each["/"])).to.deep.equal(["/links/*"]);
  });

  it("let the app on Android open them, by its package and its certificates", async () => {
    const { status, body } = await service.send("GET", files[1]);
    expect(status).to.equal(200);
    const relation = "delegate_permission/common.handle_all_urls";
    expect(body).to.have.length(1);
    expect(body[0].relation).to.deep.equal([relation]);
    expect(body[0].target).to.deep.equal({
      namespace: "android_app",
      package_name: androidPackage,
      sha256_cert_fingerprints: linkApp.androidCertificates,
    });
    expect(body[0].relation_extensions[relation].dynamic_app_link_components).to.deep.equal([
      { "/": "/links/*" },
      { "/": "*", exclude: true },
    ]);
  });

  for (const file of files) {
    it(`${file} has the type that phones require, for caches, with an entity tag`, async () => {
      const { headers } = await service.send("GET", file);
      expect(headers.get("content-type")).to.match(/^application\/json\b/);
      expect(headers.get("cache-control")).to.equal("public, max-age=300");
      const again = await service.send("GET", file, { headers: { "if-none-match": headers.get("etag")! } });
      expect(again.status).to.equal(304);
    });

    it(`${file} does not exist where no app is configured`, async () => {
      await using without = await startService({}, { linkApp: { appleAppIds: [], androidCertificates: [] } });
      expectProblem(await without.send("GET", file), 404, "not-found");
    });
  }
});
