import { expect } from "chai";
import { z } from "zod";
import { findCluster, findProject } from "../../../scripts/atlas/clusters.ts";
import { readCredentials } from "../../../scripts/atlas/credentials.ts";
import { operations } from "../../../scripts/atlas/operations.ts";
import { parseRetryAfter } from "../../../scripts/atlas/waiting.ts";
import type { AtlasApiOptions, InjectedFault } from "../../support/atlas-api.ts";
import { expectCode } from "../../support/errors.ts";
import { ids, useAtlas } from "./fixture.ts";

describe("The client of Atlas's API", () => {
  const atlas = useAtlas();
  const cluster = { projectId: ids.production, cluster: "ecobeat-production" };
  const find = () => findCluster(atlas.client, cluster);
  /** Injects one fault into each of the next calls of an operation. */
  const failing = (operationId: string, ...faults: InjectedFault[]): Partial<AtlasApiOptions> => ({
    injectFault: (operation) => (operation === operationId ? faults.shift() : undefined),
  });

  it("uses one token for many calls, and renews it before it expires", async () => {
    await find();
    await find();
    expect(atlas.countCalls("token")).to.equal(1);
    atlas.time.now += 3_541_000;
    await find();
    expect(atlas.countCalls("token")).to.equal(2);
  });

  it("gets a new token when Atlas has revoked the current one, and fails if that is rejected", async () => {
    await find();
    atlas.api.revokeTokens();
    expect(await find()).to.include({ stateName: "IDLE" });
    expect(atlas.countCalls("token")).to.equal(2);
    await atlas.start(failing("getCluster", { status: 401 }, { status: 401 }));
    expect((await expectCode("atlas-unauthorized", find)).message).to.contain("Project Read Only");
  });

  it("fails with a wrong secret, without showing it", async () => {
    atlas.client = atlas.newClient({ MONGODB_ATLAS_CLIENT_SECRET: "wrong-secret" });
    const { message } = await expectCode("atlas-credentials-rejected", find);
    expect(message).to.not.contain("wrong-secret");
  });

  it("waits for Retry-After and jitter", async () => {
    await atlas.start(failing("getCluster", { status: 429, retryAfter: "11" }));
    await find();
    expect(atlas.time.slept).to.deep.equal([11_250]);
  });

  it("backs off while Atlas has a problem, and gives up after two minutes", async () => {
    await atlas.start({ injectFault: (operation) => (operation === "getCluster" ? { status: 503 } : undefined) });
    const startedAt = atlas.time.now;
    await expectCode("atlas-server-error", find);
    expect(atlas.time.now - startedAt).to.be.within(100_000, 120_000);
    expect(atlas.time.slept.slice(0, 4)).to.deep.equal([250, 500, 1_000, 2_000]);
  });

  it("gives up immediately when Retry-After exceeds the two minutes", async () => {
    await atlas.start(failing("getCluster", { status: 429, retryAfter: "600" }));
    await expectCode("atlas-rate-limited", find);
    expect(atlas.time.slept).to.deep.equal([]);
  });

  it("retries the request for a token after an error of Atlas or of the connection", async () => {
    await atlas.start(failing("token", { status: 500 }, "cut"));
    await find();
    expect(atlas.time.slept).to.have.length(2);
  });

  for (const [status, errorCode, code, text] of [
    [403, "USER_UNAUTHORIZED", "atlas-role-missing", "(USER_UNAUTHORIZED: "],
    [403, "USER_UNAUTHORIZED", "atlas-role-missing", "Give it Project Read Only"],
    [403, "IP_ADDRESS_NOT_ON_ACCESS_LIST", "atlas-address-not-allowed", "with 403"],
    [409, "CONFLICT", "atlas-conflict", "GET /api/atlas/v2/groups/"],
    [400, "INVALID", "atlas-bad-request", "(INVALID: "],
  ] as const) {
    it(`fails with ${code} at ${status} ${errorCode}, and shows ${text}`, async () => {
      await atlas.start(failing("getCluster", { status, errorCode }));
      expect((await expectCode(code, find)).message).to.contain(text);
    });
  }

  it("reports a missing cluster and a missing project", async () => {
    expect(await findCluster(atlas.client, { ...cluster, cluster: "none" })).to.equal(undefined);
    await expectCode("atlas-project-not-found", () => findProject(atlas.client, "none"));
  });

  for (const length of [0, 1, 2, 5]) {
    it(`reads all pages of a list of ${length}`, async () => {
      const { production } = atlas.clusters;
      production.snapshots = Array.from({ length }, (_, index) => ({
        id: index.toString(16).padStart(24, "0"),
        status: "completed",
        createdAt: "2026-11-22T21:30:00Z",
      }));
      const parameters = { groupId: ids.production, clusterName: production.name };
      const call = { operation: operations.listSnapshots, parameters };
      const found = await atlas.client.list(call, z.object({ id: z.string() }));
      expect(found.map(({ id }) => id)).to.deep.equal(production.snapshots.map(({ id }) => id));
    });
  }

  it("fails if a response differs from the specification", async () => {
    const call = { operation: operations.findProject, parameters: { groupName: "drills" } };
    const response = z.object({ id: z.number() });
    await expectCode("atlas-unexpected-response", () => atlas.client.send(call, response));
  });

  it("names the address that does not respond", async () => {
    await atlas.api.stop();
    expect((await expectCode("atlas-unreachable", find)).message).to.match(/at http:\/\/127.*ECONNREFUSED/);
  });

  it("requires a service account, and sends its secret only encrypted or to this machine", async () => {
    const { MONGODB_ATLAS_BASE_URL: _, ...variables } = atlas.api.variables;
    for (const name of ["MONGODB_ATLAS_CLIENT_ID", "MONGODB_ATLAS_CLIENT_SECRET"]) {
      const read = () => readCredentials({ ...variables, [name]: "" });
      expect((await expectCode("atlas-credentials-missing", read)).message).to.contain(name);
    }
    for (const address of ["http://cloud.mongodb.com", "ftp://127.0.0.1", "nowhere"]) {
      await expectCode("insecure-service-url", () =>
        readCredentials({ ...variables, MONGODB_ATLAS_BASE_URL: address }),
      );
    }
    expect(readCredentials(variables).baseUrl).to.equal("https://cloud.mongodb.com");
  });

  it("parses both forms of Retry-After", () => {
    const now = Date.parse("2026-11-22T22:30:00Z");
    expect(parseRetryAfter("90", now)).to.equal(90_000);
    expect(parseRetryAfter("Sun, 22 Nov 2026 22:30:05 GMT", now)).to.equal(5_000);
    expect(parseRetryAfter("Sun, 22 Nov 2026 22:29:05 GMT", now)).to.equal(0);
    expect(parseRetryAfter("soon", now)).to.equal(undefined);
    expect(parseRetryAfter(null, now)).to.equal(undefined);
  });
});
