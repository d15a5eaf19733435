import { expect } from "chai";
import { createDatabaseUri, getLocalServices } from "../../../scripts/drill/local-services.ts";
import { RunbookRunner } from "../../../scripts/drill/runbook-runner.ts";
import { Timeline } from "../../../scripts/drill/timeline.ts";
import { ops } from "../run-ops.ts";

const here = {
  MONGODB_URI: "mongodb://127.0.0.1:27017,localhost:27018/ecobeat?replicaSet=rs",
  REDIS_URL: "redis://localhost:6379",
  AWS_ENDPOINT_URL: "http://[::1]:4566",
};

describe("A drill", () => {
  it("takes place on this machine", () => {
    expect(getLocalServices(here)).to.deep.equal(here);
  });

  for (const [variable, value] of [
    ["MONGODB_URI", "mongodb+srv://cluster.example.mongodb.net/ecobeat"],
    ["MONGODB_URI", "mongodb://127.0.0.1,db.example.com/ecobeat"],
    ["MONGODB_URI", "mongodb://127.0.0.1@db.example.com/ecobeat"],
    ["REDIS_URL", "rediss://localhost.example.com:6379"],
    ["AWS_ENDPOINT_URL", "https://sts.eu-west-1.amazonaws.com"],
  ] as const) {
    it(`is refused on ${value}`, () => {
      expect(() => getLocalServices({ ...here, [variable]: value })).to.throw(
        `${variable} does not name this machine`,
      );
    });
  }

  it("says which service is missing, and which scenarios there are", async () => {
    const missing = await ops(["drill", "--scenario", "database-lost"], { ...here, REDIS_URL: "" });
    expect(missing.code).to.equal(1);
    expect(missing.output).to.contain("REDIS_URL is not set").and.not.to.contain("    at ");
    const unknown = await ops(["drill", "--scenario", "flood"]);
    expect(unknown.output).to.contain("There is no flood. There are database-lost");
  });

  it("works on a database of a new name, whatever the address names", () => {
    expect(createDatabaseUri("mongodb://127.0.0.1:27017")).to.match(
      /^mongodb:\/\/127\.0\.0\.1:27017\/ecobeat-drill-[0-9a-f]{8}$/,
    );
    expect(createDatabaseUri(here.MONGODB_URI)).to.match(
      /localhost:27018\/ecobeat-drill-[0-9a-f]{8}\?replicaSet=rs$/,
    );
  });

  it("names page, step and command when a page's command fails", async () => {
    const timeline = new Timeline(Date.now, () => {});
    const { PATH } = process.env;
    const shell = await RunbookRunner.open(timeline, { PATH, API: "http://127.0.0.1:1" });
    const message = await shell.followRunbook("restore-database").catch((error) => error.message);
    await shell.close();
    expect(message).to.match(
      /^runbooks\/restore-database\.md, .* failed with \d+:\ncurl -sS "\$API\/health\/ready"/,
    );
  });
});
