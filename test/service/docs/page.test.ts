import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { docsPage, publicFiles, swaggerUi } from "../../../service/docs/page.ts";
import { docsFiles } from "../../../service/local/docs-files.ts";
import { expectProblem, startService, useService } from "../../support/service.ts";

describe("The page /docs", () => {
  const docs = { local: { ...docsFiles(), apiKey: "the app's key" } };
  const service = useService(() => startService({}, { apiKey: "the app's key", docs }));

  it("opens without an API key, and loads only local files on a developer's machine", async () => {
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

  it("has an entity tag, on which its preconditions are checked", async () => {
    const read = (headers: Record<string, string> = {}) => service.send("GET", "/docs", { headers });
    const tag = (await read()).headers.get("etag")!;
    expect(tag).to.match(/^"[\w-]+"$/);
    expect((await read({ "if-match": tag, "if-none-match": '"other"' })).status).to.equal(200);
    expect((await read({ "if-none-match": `W/${tag}` })).status).to.equal(304);
    expectProblem(await read({ "if-match": '"other"' }), 412, "precondition-failed");
  });

  it("does not loosen the security headers of other responses", async () => {
    const { headers } = await service.send("GET", "/openapi.json");
    expect(headers.get("content-security-policy")).to.equal("default-src 'none';frame-ancestors 'none'");
  });

  it("does not exist where the environment has none", async () => {
    await using without = await startService();
    expectProblem(await without.send("GET", "/docs"), 404, "not-found");
  });

  it("is where / leads a browser, and what / names to any other client", async () => {
    const get = (accept: string) => fetch(`${service.url}/`, { headers: { accept }, redirect: "manual" });
    const browser = await get("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
    expect([browser.status, browser.headers.get("location")]).to.deep.equal([302, "/docs"]);
    for (const accept of ["*/*", "application/json"]) {
      const client = await get(accept);
      expect([client.status, client.headers.get("content-type")]).to.deep.equal([
        200,
        "application/json; charset=utf-8",
      ]);
      expect(client.headers.get("vary")).to.match(/\bAccept\b(?!-)/);
      const { docs, openapi } = (await client.json()) as Record<string, string>;
      for (const path of [docs, openapi]) expect((await service.send("GET", path!)).status, path).to.equal(200);
    }
  });

  it("is not named by / of a deployed environment", async () => {
    await using deployed = await startService({}, { docs: {} });
    expectProblem(await deployed.send("GET", "/"), 404, "not-found");
  });

  it("loads only the installed files from the CDN in other environments", () => {
    const { filesFolder: folder } = docsFiles();
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    expect(swaggerUi.version).to.equal(version);
    for (const { file, integrity } of [swaggerUi.script, swaggerUi.style]) {
      const digest = createHash("sha384")
        .update(readFileSync(join(folder, file)))
        .digest("base64");
      expect(integrity).to.equal(`sha384-${digest}`);
      expect(docsPage().html).to.include(`${publicFiles}/${file}" integrity="${integrity}" crossorigin`);
    }
    expect(docsPage().contentSecurityPolicy).to.include(`script-src ${publicFiles}/ 'sha256-`);
  });
});
