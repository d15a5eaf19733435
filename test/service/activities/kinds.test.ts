import { createHash } from "node:crypto";
import { expect } from "chai";
import { toKindsBody } from "../../../service/activities/kind-routes.ts";
import { activityKinds, computeEmissions, kindsVersion } from "../../../service/activities/kinds.ts";
import { startService, useService } from "../../support/service.ts";

/** Each version of the table, by its hash. A row is added with each change of the table; none is ever changed. */
const versions: Record<number, string> = { 1: "5abad3fdcc119620" };

describe("The table of kinds", () => {
  it("has at least ten kinds with unique ids", () => {
    expect(activityKinds.length).to.be.at.least(10);
    expect(new Set(activityKinds.map(({ id }) => id)).size).to.equal(activityKinds.length);
  });

  for (const { id, co2eGramsPerUnit, baseline, source } of activityKinds) {
    it(`has emissions, baseline and source of ${id}`, () => {
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

  it("computes whole grams, with the version", () => {
    expect(computeEmissions("bus_trip", 3.333)).to.deep.equal({ co2eGrams: 243, kindsVersion });
  });
});

describe("GET /v1/activity-kinds", () => {
  const service = useService(() => startService({}, { apiKey: "the app's" }));

  it("serves the table to any client, and lets caches keep it", async () => {
    const { status, headers, body } = await service.send("GET", "/v1/activity-kinds");
    expect(status).to.equal(200);
    expect(headers.get("cache-control")).to.equal("public, max-age=3600");
    expect(body.version).to.equal(kindsVersion);
    expect(body.kinds.map(({ id }: { id: string }) => id)).to.deep.equal(
      activityKinds.filter(({ unlisted }) => !unlisted).map(({ id }) => id),
    );
  });

  it("does not list a kind that is only accepted yet", () => {
    const [walk, ...others] = activityKinds;
    expect(toKindsBody([{ ...walk!, unlisted: true }, ...others.slice(0, 1)])).to.have.nested.property(
      "kinds[0].id",
      "bike_trip",
    );
  });
});
