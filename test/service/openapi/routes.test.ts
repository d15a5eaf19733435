import { expect } from "chai";
import { document } from "../../support/openapi.ts";
import { startService, type TestService } from "../../support/service.ts";

describe("GET /openapi.json", () => {
  let service: TestService;
  before(async () => {
    service = await startService({}, { apiKey: "the app's key" });
  });
  after(() => service.stop());

  it("answers the document to anyone, and lets caches keep it", async () => {
    const { status, headers, body } = await service.send("GET", "/openapi.json");
    expect(status).to.equal(200);
    expect(body).to.deep.equal(document);
    expect(headers.get("content-type")).to.equal("application/json; charset=utf-8");
    expect(headers.get("cache-control")).to.equal("public, max-age=300");
  });

  it("answers 304 without a body to who has it", async () => {
    const etag = (await service.send("GET", "/openapi.json")).headers.get("etag")!;
    expect(etag).to.match(/^"[\w-]{43}"$/);
    const again = await service.send("GET", "/openapi.json", { headers: { "if-none-match": etag } });
    expect([again.status, again.body]).to.deep.equal([304, ""]);
    expect(again.headers.get("etag")).to.equal(etag);
    const older = await service.send("GET", "/openapi.json", { headers: { "if-none-match": '"older"' } });
    expect(older.status).to.equal(200);
  });

  it("has the same tag in another process, so that a phone need not fetch it again", async () => {
    const other = await startService();
    const tags = await Promise.all(
      [service, other].map(async ({ send }) => (await send("GET", "/openapi.json")).headers.get("etag")),
    );
    await other.stop();
    expect(tags[0]).to.equal(tags[1]);
  });
});
