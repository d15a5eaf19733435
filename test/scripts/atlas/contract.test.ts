import { expect } from "chai";
import { operations } from "../../../scripts/atlas/operations.ts";
import { readRunbook } from "../../../scripts/drill/runbook.ts";
import { AtlasFixture, ids } from "./fixture.ts";

describe("The contract with Atlas's API", () => {
  it("is listed in the runbook, call by call, with the same by the Atlas CLI", () => {
    const { sections } = readRunbook("restore-from-atlas");
    const listed = sections
      .find(({ heading }) => heading === "Without this tool")!
      .commands.join("\n")
      .split("\n");
    const expected = Object.values(operations).map(({ method, path, cli }) =>
      [`# ${method} ${path}`, cli].join("\n"),
    );
    expect(listed.filter(Boolean)).to.deep.equal([
      "# POST /api/oauth/token",
      "atlas auth whoami",
      ...expected.join("\n").split("\n"),
    ]);
  });

  describe("is kept by the stand-in", () => {
    let setting: AtlasFixture;
    const project = `/api/atlas/v2/groups/${ids.production}`;
    const jobs = `${project}/clusters/ecobeat-production/backup/restoreJobs`;
    const mediaType = "application/vnd.atlas.2023-01-01+json";

    const ask = async (path: string, init: { method?: string; body?: object; headers?: object } = {}) => {
      const {
        MONGODB_ATLAS_BASE_URL: base,
        MONGODB_ATLAS_CLIENT_ID: id,
        MONGODB_ATLAS_CLIENT_SECRET: secret,
      } = setting.api.variables;
      const answered = await fetch(`${base}/api/oauth/token`, {
        method: "POST",
        headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}` },
        body: new URLSearchParams({ grant_type: "client_credentials" }),
      });
      const { access_token: token } = (await answered.json()) as { access_token: string };
      const response = await fetch(`${base}${path}`, {
        method: init.method ?? "GET",
        headers: {
          authorization: `Bearer ${token}`,
          accept: mediaType,
          "content-type": mediaType,
          ...init.headers,
        },
        ...(init.body && { body: JSON.stringify(init.body) }),
      });
      await response.body?.cancel();
      return response.status;
    };

    beforeEach(async () => {
      setting = new AtlasFixture();
      await setting.start();
    });
    afterEach(() => setting.api.stop());

    it("which takes what it allows", async () => {
      expect(await ask(`${jobs}?itemsPerPage=500`)).to.equal(200);
      expect(setting.api.violations).to.deep.equal([]);
    });

    const restoring = {
      deliveryType: "automated",
      targetClusterName: "restored",
      targetGroupId: ids.production,
    };
    const refused: [string, () => Promise<number>, number][] = [
      ["an unknown path", () => ask(`${project}/clusters`), 404],
      ["another method", () => ask(`${project}/clusters/ecobeat-production`, { method: "DELETE" }), 404],
      ["another version", () => ask(`${project}/clusters/ecobeat-production`), 406],
      ["another media type", () => ask(jobs, { headers: { accept: "application/json" } }), 406],
      ["an unknown query", () => ask(`${jobs}?limit=5`), 406],
      ["too large a page", () => ask(`${jobs}?itemsPerPage=501`), 406],
      ["an id that is none", () => ask(`${jobs}/5`), 406],
      ["a missing field", () => ask(jobs, { method: "POST", body: { targetClusterName: "restored" } }), 406],
      [
        "an unknown field",
        () => ask(jobs, { method: "POST", body: { ...restoring, snapshot: ids.newest } }),
        406,
      ],
      [
        "milliseconds",
        () => ask(jobs, { method: "POST", body: { ...restoring, pointInTimeUTCSeconds: 1.5 } }),
        406,
      ],
    ];
    for (const [what, work, status] of refused) {
      it(`which refuses ${what}`, async () => {
        expect(await work()).to.equal(status);
        expect(setting.api.violations).to.have.length(1);
      });
    }

    it("which refuses a token that is wrong or has ended", async () => {
      expect(await ask(jobs, { headers: { authorization: "Bearer stolen" } })).to.equal(401);
    });

    it("which gives no answer that is against it", async () => {
      setting.clusters.production.snapshots[0]!.createdAt = "yesterday";
      expect(await ask(`${project}/clusters/ecobeat-production/backup/snapshots`)).to.equal(500);
      expect(setting.api.violations[0]).to.contain("answer of listReplicaSetBackups");
    });
  });
});
