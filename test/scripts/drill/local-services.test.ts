import { expect } from "chai";
import { createDatabaseUri, getLocalServices } from "../../../scripts/drill/local-services.ts";
import { RunbookRunner } from "../../../scripts/drill/runbook-runner.ts";
import { Timeline } from "../../../scripts/drill/timeline.ts";
import { expectCode } from "../../support/errors.ts";
import { expectRefusal, ops } from "../run-ops.ts";

const local = {
  MONGODB_URI: "mongodb://127.0.0.1:27017,localhost:27018/ecobeat?replicaSet=rs",
  REDIS_URL: "redis://localhost:6379",
  AWS_ENDPOINT_URL: "http://[::1]:4566",
};

describe("A drill", () => {
  it("accepts services on this machine", () => {
    expect(getLocalServices(local)).to.deep.equal(local);
  });

  it("rejects services on other machines", async () => {
    for (const [variable, value] of [
      ["MONGODB_URI", "mongodb+srv://cluster.example.mongodb.net/ecobeat"],
      ["MONGODB_URI", "mongodb://127.0.0.1,db.example.com/ecobeat"],
      ["MONGODB_URI", "mongodb://127.0.0.1@db.example.com/ecobeat"],
      ["REDIS_URL", "rediss://localhost.example.com:6379"],
      ["AWS_ENDPOINT_URL", "https://sts.eu-west-1.amazonaws.com"],
    ] as const) {
      const services = { ...local, [variable]: value };
      const error = await expectCode("drill-service-not-local", () => getLocalServices(services));
      expect(error.message, value).to.contain(variable);
    }
  });

  it("names the missing service, and lists the scenarios", async () => {
    const withoutRedis = ops(["drill", "--scenario", "database-lost"], { ...local, REDIS_URL: "" });
    await expectRefusal(withoutRedis, "REDIS_URL", "[drill-service-missing]");
    await expectRefusal(ops(["drill", "--scenario", "flood"]), "flood", "database-lost");
  });

  it("uses a database with a new name, whatever database the address names", () => {
    expect(createDatabaseUri("mongodb://localhost")).to.match(/^mongodb:\/\/localhost\/ecobeat-drill-\w{8}$/);
    expect(createDatabaseUri(local.MONGODB_URI)).to.match(/:27018\/ecobeat-drill-\w{8}\?replicaSet=rs$/);
  });

  it("names runbook, section and command if a command of a runbook fails", async () => {
    const timeline = new Timeline(Date.now, () => {});
    const { PATH } = process.env;
    const runner = new RunbookRunner(timeline, { PATH, API: "http://127.0.0.1:1" });
    const { message } = await expectCode("runbook-command-failed", () => runner.followRunbook("restore-database"));
    await runner.close();
    expect(message).to.match(
      /^runbooks\/restore-database\.md, first look.*\ncurl -sS -w '\\n' "\$API\/health\/ready"/s,
    );
  });
});
