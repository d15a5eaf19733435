import { createHash } from "node:crypto";
import { expect } from "chai";
import {
  activityKinds,
  computeEmissions,
  findKind,
  kindsVersion,
} from "../../../service/activities/kinds.ts";
import { startService, type TestService } from "../../support/service.ts";

/** Each version of the table, by its hash. A row is added with each change of the table; none is ever changed. */
const versions: Record<number, string> = {
  1: "5abad3fdcc119620",
};

describe("The table of kinds", () => {
  it("has ten kinds and more, each under an id of its own", () => {
    expect(activityKinds.length).to.be.at.least(10);
    expect(new Set(activityKinds.map(({ id }) => id)).size).to.equal(activityKinds.length);
  });

  for (const { id, co2eGramsPerUnit, baseline, source } of activityKinds) {
    it(`says of ${id} what it spares, against what, and who says so`, () => {
      expect(id).to.match(/^[a-z]+(_[a-z]+)*$/);
      expect(co2eGramsPerUnit).to.be.above(0);
      expect(baseline).not.to.equal("");
      expect(new URL(source).protocol).to.match(/^https?:$/);
    });
  }

  it("has a new version for each change", () => {
    const hash = createHash("sha256").update(JSON.stringify(activityKinds)).digest("hex").slice(0, 16);
    expect(hash, "The table has changed: raise kindsVersion, and add the new hash here").to.equal(
      versions[kindsVersion],
    );
    expect(Number(Object.keys(versions).at(-1))).to.equal(kindsVersion);
  });

  it("computes whole grams, and says by which version", () => {
    expect(computeEmissions("bus_trip", 3.333)).to.deep.equal({ co2eGrams: 243, kindsVersion });
  });

  it("knows no kind by the name of a member of every object", () => {
    expect(findKind("constructor")).to.equal(undefined);
  });
});

describe("GET /v1/activity-kinds", () => {
  let service: TestService;
  before(async () => {
    service = await startService({}, { apiKey: "the app's" });
  });
  after(() => service.stop());
  const get = (headers = {}) => service.send("GET", "/v1/activity-kinds", { headers });

  it("gives the table to anybody, and lets caches keep it", async () => {
    const { status, headers, body } = await get();
    expect(status).to.equal(200);
    expect(headers.get("cache-control")).to.equal("public, max-age=3600");
    expect(headers.get("etag")).to.match(/^"[\w-]{22}"$/);
    expect(body.version).to.equal(kindsVersion);
    expect(body.kinds).to.have.length(activityKinds.length);
    expect(body.kinds[0]).to.have.all.keys("id", "unit", "co2e_grams_per_unit", "baseline", "source");
  });

  it("answers 304 to who has it, be its tag weakened by a CDN that compresses", async () => {
    const etag = (await get()).headers.get("etag")!;
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const { status, headers, body } = await get({ "if-none-match": tag });
      expect(status, tag).to.equal(304);
      expect(headers.get("etag")).to.equal(etag);
      expect(body).to.equal("");
    }
    expect((await get({ "if-none-match": '"other"' })).status).to.equal(200);
  });

  it("answers to reading alone", async () => {
    expect((await service.send("POST", "/v1/activity-kinds")).status).to.equal(405);
  });
});
