import { expect } from "chai";
import { document } from "../../support/openapi.ts";
import { startService, useService } from "../../support/service.ts";

describe("GET /openapi.json", () => {
  const service = useService(() => startService({}, { apiKey: "the app's key" }));

  it("serves the document to any client, and lets caches keep it", async () => {
    const { status, headers, body } = await service.send("GET", "/openapi.json");
    expect(status).to.equal(200);
    expect(body).to.deep.equal(document);
    expect(headers.get("content-type")).to.equal("application/json; charset=utf-8");
    expect(headers.get("cache-control")).to.equal("public, max-age=300");
  });

  it("names the release", async () => {
    await using released = await startService({}, { release: "42" });
    const { body } = await released.send("GET", "/openapi.json");
    expect(body).to.deep.equal({ ...document, info: { ...document.info, version: "42" } });
    expect(document.info.version).to.equal("development");
  });
});
