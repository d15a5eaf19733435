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

  it("has the same tag in another process, so that a phone need not fetch it again", async () => {
    await using other = await startService();
    const tags = await Promise.all(
      [service, other].map(async ({ send }) => (await send("GET", "/openapi.json")).headers.get("etag")),
    );
    expect(tags[0]).to.equal(tags[1]);
  });
});
