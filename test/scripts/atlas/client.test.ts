import { expect } from "chai";
import { z } from "zod";
import { findCluster, findProject } from "../../../scripts/atlas/clusters.ts";
import { readCredentials } from "../../../scripts/atlas/credentials.ts";
import { operations } from "../../../scripts/atlas/operations.ts";
import { parseRetryAfter } from "../../../scripts/atlas/waiting.ts";
import type { AtlasApiOptions, InjectedFault } from "../../support/atlas-api.ts";
import { AtlasFixture, ids, messageOf } from "./fixture.ts";

describe("The client of Atlas's API", () => {
  let setting: AtlasFixture;
  const place = { projectId: ids.production, cluster: "ecobeat-production" };
  const find = () => findCluster(setting.client, place);
  const start = async (options: Partial<AtlasApiOptions> = {}) => {
    setting = new AtlasFixture();
    await setting.start(options);
  };
  /** Meets each call of an operation with the next of these, and lets the calls after them be. */
  const meeting = (operationId: string, ...interferences: InjectedFault[]): Partial<AtlasApiOptions> => ({
    injectFault: (operation) => (operation === operationId ? interferences.shift() : undefined),
  });
  const tokens = () => setting.api.calls.filter((call) => call === "token").length;

  afterEach(() => setting.api.stop());

  it("takes one token for many calls, and the next before the first ends", async () => {
    await start();
    await find();
    await find();
    expect(tokens()).to.equal(1);
    setting.time.now += 3_541_000;
    await find();
    expect(tokens()).to.equal(2);
  });

  it("takes another token when Atlas has revoked the one at hand, and gives up when that is refused, too", async () => {
    await start();
    await find();
    setting.api.revokeTokens();
    expect(await find()).to.include({ stateName: "IDLE" });
    expect(tokens()).to.equal(2);
    await setting.api.stop();
    await start(meeting("getCluster", { status: 401 }, { status: 401 }));
    expect(await messageOf(find())).to.match(
      /with 401.*does not belong to the organization.*Project Read Only/,
    );
  });

  it("says that a secret is wrong, without showing it", async () => {
    await start();
    setting.client = setting.newClient({ MONGODB_ATLAS_CLIENT_SECRET: "wrong-secret" });
    const message = await messageOf(find());
    expect(message).to.contain("Atlas gave no token").and.contain("Create a new secret");
    expect(message).to.not.contain("wrong-secret");
  });

  it("waits as long as Atlas asks, and by chance a little longer", async () => {
    await start(meeting("getCluster", { status: 429, retryAfter: "11" }));
    await find();
    expect(setting.time.slept).to.deep.equal([11_250]);
  });

  it("waits longer each time while Atlas has trouble, and gives up after two minutes", async () => {
    await start({ injectFault: (operation) => (operation === "getCluster" ? { status: 503 } : undefined) });
    const begun = setting.time.now;
    expect(await messageOf(find())).to.match(/with 503.*status\.mongodb\.com/);
    expect(setting.time.now - begun).to.be.within(100_000, 120_000);
    expect(setting.time.slept.slice(0, 4)).to.deep.equal([250, 500, 1_000, 2_000]);
  });

  it("gives up at once when Atlas asks for more time than there is", async () => {
    await start(meeting("getCluster", { status: 429, retryAfter: "600" }));
    expect(await messageOf(find())).to.match(/with 429.*in a minute/);
    expect(setting.time.slept).to.deep.equal([]);
  });

  it("asks again for a token that Atlas could not give, and when the line breaks", async () => {
    await start(meeting("token", { status: 500 }, "cut"));
    await find();
    expect(setting.time.slept).to.have.length(2);
  });

  it("says which role is missing, what is not there, and what is in the way", async () => {
    await start(meeting("getCluster", { status: 403, errorCode: "USER_UNAUTHORIZED" }));
    expect(await messageOf(find())).to.match(/USER_UNAUTHORIZED.*Give it Project Read Only/);
    await setting.api.stop();
    await start(meeting("getCluster", { status: 403, errorCode: "IP_ADDRESS_NOT_ON_ACCESS_LIST" }));
    expect(await messageOf(find())).to.contain("Add this machine's");
    await setting.api.stop();
    await start(meeting("getCluster", { status: 409 }));
    expect(await messageOf(find())).to.contain("wait for its end");
    expect(await findCluster(setting.client, { ...place, cluster: "none" })).to.equal(undefined);
    expect(await messageOf(findProject(setting.client, "none"))).to.contain("There is no project none");
  });

  it("reads all pages", async () => {
    await start();
    const { production } = setting.clusters;
    production.snapshots = Array.from({ length: 1_001 }, (_, index) => ({
      id: index.toString(16).padStart(24, "0"),
      status: "completed",
      createdAt: "2026-11-22T21:30:00Z",
    }));
    const parameters = { groupId: ids.production, clusterName: production.name };
    const call = { operation: operations.listSnapshots, parameters };
    expect(await setting.client.list(call, z.object({ id: z.string() }))).to.have.length(1_001);
  });

  it("says so when Atlas answers otherwise than its specification", async () => {
    await start();
    const call = { operation: operations.findProject, parameters: { groupName: "drills" } };
    const answer = z.object({ id: z.number() });
    expect(await messageOf(setting.client.send(call, answer))).to.contain("Go on with the Atlas CLI");
  });

  it("names the address that does not answer", async () => {
    await start();
    await setting.api.stop();
    expect(await messageOf(find())).to.match(
      /Atlas does not answer at http:\/\/127.*ECONNREFUSED.*run this again/,
    );
    await setting.start();
  });

  it("wants a service account, and sends its secret over no open line", async () => {
    await start();
    const { variables } = setting.api;
    const read = (changes: NodeJS.ProcessEnv) => messageOf((async () => readCredentials(changes))());
    expect(await read({}))
      .to.contain("MONGODB_ATLAS_CLIENT_ID is not set")
      .and.contain("Create one in Atlas");
    expect(await read({ ...variables, MONGODB_ATLAS_CLIENT_SECRET: "" })).to.contain("SECRET is not set");
    for (const address of ["http://cloud.mongodb.com", "ftp://127.0.0.1", "nowhere"]) {
      expect(await read({ ...variables, MONGODB_ATLAS_BASE_URL: address })).to.contain(
        "begins with https://",
      );
    }
    const { MONGODB_ATLAS_BASE_URL: _, ...others } = variables;
    expect(readCredentials(others).baseUrl).to.equal("https://cloud.mongodb.com");
  });

  it("understands both ways to ask for patience", () => {
    const now = Date.parse("2026-11-22T22:30:00Z");
    expect(parseRetryAfter("90", now)).to.equal(90_000);
    expect(parseRetryAfter("Sun, 22 Nov 2026 22:30:05 GMT", now)).to.equal(5_000);
    expect(parseRetryAfter("Sun, 22 Nov 2026 22:29:05 GMT", now)).to.equal(0);
    expect(parseRetryAfter("soon", now)).to.equal(undefined);
    expect(parseRetryAfter(null, now)).to.equal(undefined);
  });
});
