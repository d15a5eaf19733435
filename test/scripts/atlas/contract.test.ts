import { expect } from "chai";
import { operations } from "../../../scripts/atlas/operations.ts";
import { readRunbook } from "../../../scripts/drill/runbook.ts";
import contract from "../../support/atlas-contract.json" with { type: "json" };
import { ids, useAtlas } from "./fixture.ts";

describe("The contract with Atlas's API", () => {
  it("is listed in the runbook, call by call, with the equivalent commands of the Atlas CLI", () => {
    const { commands } = readRunbook("restore-from-atlas").sections.find(
      ({ heading }) => heading === "Without this tool",
    )!;
    expect(commands.join("\n").split("\n").filter(Boolean)).to.deep.equal([
      "# POST /api/oauth/token",
      "atlas auth whoami",
      ...Object.values(operations).flatMap(({ method, path, cli }) => [`# ${method} ${path}`, cli]),
    ]);
  });

  it("has commands that print the largest page of each list, and not the first 100 items", () => {
    const paged = Object.values(contract.operations).filter(
      (each) => "query" in each && each.query.includes("pageNum"),
    );
    const lists = Object.values(operations).filter(({ path, method }) =>
      paged.some((each) => each.path === path && each.method === method),
    );
    expect(lists.map(({ cli }) => / --limit 500 /.test(cli))).to.deep.equal([true, true, true]);
  });

  describe("is enforced by the fake API", () => {
    const atlas = useAtlas();
    const project = `/api/atlas/v2/groups/${ids.production}`;
    const cluster = `${project}/clusters/ecobeat-production`;
    const jobs = `${cluster}/backup/restoreJobs`;
    const mediaType = "application/vnd.atlas.2023-01-01+json";

    /** Sends a request with a valid token, and returns the status. */
    async function call(
      path: string,
      { body, headers, method }: { body?: object; headers?: object; method?: string } = {},
    ) {
      const { MONGODB_ATLAS_BASE_URL: base, ...account } = atlas.api.variables;
      const tokens = await fetch(`${base}/api/oauth/token`, {
        method: "POST",
        headers: { authorization: `Basic ${Buffer.from(Object.values(account).join(":")).toString("base64")}` },
        body: new URLSearchParams({ grant_type: "client_credentials" }),
      });
      const { access_token } = (await tokens.json()) as { access_token: string };
      const response = await fetch(`${base}${path}`, {
        method: method ?? (body ? "POST" : "GET"),
        headers: { authorization: `Bearer ${access_token}`, accept: mediaType, "content-type": mediaType, ...headers },
        ...(body && { body: JSON.stringify(body) }),
      });
      await response.body?.cancel();
      return response.status;
    }

    it("which accepts a valid request, and rejects a wrong token", async () => {
      expect(await call(`${jobs}?itemsPerPage=500`)).to.equal(200);
      expect(await call(jobs, { headers: { authorization: "Bearer stolen" } })).to.equal(401);
    });

    const restore = { deliveryType: "automated", targetClusterName: "restored", targetGroupId: ids.production };
    for (const [what, path, options, status] of [
      ["an unknown path", `${project}/clusters`, {}, 404],
      ["another method", cluster, { method: "DELETE" }, 404],
      ["another version", cluster, {}, 406],
      ["another media type", jobs, { headers: { accept: "application/json" } }, 406],
      ["an unknown query", `${jobs}?limit=5`, {}, 406],
      ["too large a page", `${jobs}?itemsPerPage=501`, {}, 406],
      ["an invalid id", `${jobs}/5`, {}, 406],
      ["a missing field", jobs, { body: { targetClusterName: "restored" } }, 406],
      ["an unknown field", jobs, { body: { ...restore, snapshot: ids.newest } }, 406],
      ["milliseconds", jobs, { body: { ...restore, pointInTimeUTCSeconds: 1.5 } }, 406],
    ] as const) {
      it(`which rejects ${what}`, async () => {
        expect(await call(path, options)).to.equal(status);
        expect(atlas.api.violations.splice(0)).to.have.length(1);
      });
    }

    it("which never sends a response that violates it", async () => {
      atlas.clusters.production.snapshots[0]!.createdAt = "yesterday";
      expect(await call(`${cluster}/backup/snapshots?pageNum=2`)).to.equal(500);
      expect(atlas.api.violations.splice(0)[0]).to.contain("response of listReplicaSetBackups");
    });
  });
});
