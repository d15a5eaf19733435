import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { docsPage, publicFiles, swaggerUi } from "../../../service/docs/page.ts";
import { docsFilesFolder } from "../../../service/local/docs-files.ts";
import { startService, type TestService } from "../../support/service.ts";

describe("The page /docs", () => {
  let service: TestService;
  before(async () => {
    service = await startService({}, { apiKey: "the app's key", docs: { filesFolder: docsFilesFolder() } });
  });
  after(() => service.stop());

  it("opens without an API key, and loads nothing from elsewhere on a developer's machine", async () => {
    const { status, headers, body } = await service.send("GET", "/docs");
    expect(status).to.equal(200);
    expect(headers.get("content-type")).to.equal("text/html; charset=utf-8");
    expect(headers.get("content-security-policy")).to.include("script-src 'self' 'sha256-");
    expect(body).not.to.include("https:");
    for (const [, path] of body.matchAll(/(?:src|href)="(\/[^"]+)"/g)) {
      expect((await service.send("GET", path)).status, path).to.equal(200);
    }
    expect((await service.send("GET", "/docs/package.json")).status).to.equal(403);
  });

  it("loosens no other answer's security headers", async () => {
    const { headers } = await service.send("GET", "/openapi.json");
    expect(headers.get("content-security-policy")).to.equal("default-src 'none';frame-ancestors 'none'");
  });

  it("is not there where the environment has none", async () => {
    const without = await startService();
    const { status, body } = await without.send("GET", "/docs");
    await without.stop();
    expect([status, body.type]).to.deep.equal([404, "https://ecobeat.app/problems/not-found"]);
  });

  it("elsewhere takes from the CDN the files that are installed here, and no others", () => {
    const folder = docsFilesFolder();
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    expect(swaggerUi.version).to.equal(version);
    for (const { file, integrity } of [swaggerUi.script, swaggerUi.style]) {
      const sum = createHash("sha384")
        .update(readFileSync(join(folder, file)))
        .digest("base64");
      expect(integrity).to.equal(`sha384-${sum}`);
      expect(docsPage(publicFiles).html).to.include(
        `${publicFiles}/${file}" integrity="${integrity}" crossorigin`,
      );
    }
    expect(docsPage(publicFiles).contentSecurityPolicy).to.include(`script-src ${publicFiles}/ 'sha256-`);
  });
});
