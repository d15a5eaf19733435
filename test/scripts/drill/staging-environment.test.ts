import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { LocalEnvironment } from "../../../scripts/drill/local-environment.ts";
import { createDatabaseUri, getLocalServices } from "../../../scripts/drill/local-services.ts";
import { runScenario } from "../../../scripts/drill/run-scenario.ts";
import { scenarios } from "../../../scripts/drill/scenarios.ts";
import { StagingEnvironment } from "../../../scripts/drill/staging-environment.ts";
import { environments } from "../../../stacks/environments.ts";
import { describeWith } from "../../support/real-services.ts";
import { ops } from "../run-ops.ts";

const needed = ["MONGODB_URI", "REDIS_URL", "AWS_ENDPOINT_URL"];
const missing = needed.find((name) => !process.env[name]);
const hasAwsCli = missing === undefined && spawnSync("aws", ["--version"]).status === 0;

const refusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "nothing was refused",
    (error: Error) => error.message,
  );

describe("A drill in staging", () => {
  let folder: string;
  let variables: Record<string, string>;

  /** Lets AWS say whose credentials these are, and everything else be as it is. */
  const signIn = (accountId: string) =>
    writeFile(
      join(folder, "aws"),
      `#!/bin/sh\nif [ "$1" = sts ]; then echo ${accountId}; else PATH="${process.env.PATH}" exec aws "$@"; fi\n`,
      { mode: 0o755 },
    );

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ecobeat-staging-"));
    await signIn(environments.staging.accountId);
    variables = {
      PATH: `${folder}:${process.env.PATH}`,
      MONGODB_URI: "mongodb://127.0.0.1:9/ecobeat",
      HEALTH_API_KEY: "key",
    };
  });
  afterEach(() => rm(folder, { recursive: true }));

  const open = (changed: Record<string, string> = {}, typed = "staging") =>
    StagingEnvironment.open({ variables: { ...variables, ...changed }, prompt: async () => typed });

  it("is no drill in production, whatever says that it is production", async () => {
    const { code, output } = await ops([
      "drill",
      "--scenario",
      "database-lost",
      "--environment",
      "production",
    ]);
    expect(code).to.equal(1);
    expect(output).to.contain("A drill destroys the database of production");
    expect(await refusal(open({ MONGODB_URI: "mongodb+srv://u:p@ecobeat-production.x.mongodb.net/ecobeat" })))
      .to.contain("MONGODB_URI names production")
      .and.not.to.contain("u:p");
    await signIn(environments.production.accountId);
    expect(await refusal(open())).to.contain("these AWS credentials are of production's account");
    await signIn("123456789012");
    expect(await refusal(open())).to.contain("of account 123456789012");
  });

  it("wants the name typed, the database's address and the app's key", async () => {
    expect(await refusal(open({}, ""))).to.contain("no name was typed: nothing was changed");
    expect(await refusal(open({}, "production"))).to.contain("production was typed: nothing was changed");
    expect(await refusal(open({ MONGODB_URI: "" }))).to.contain("MONGODB_URI is not set");
    expect(await refusal(open({ HEALTH_API_KEY: "" }))).to.contain("HEALTH_API_KEY is not set");
    const { code, output } = await ops(
      ["drill", "--scenario", "database-lost", "--environment", "staging", "--documents", "1"],
      variables,
    );
    expect(code).to.equal(1);
    expect(output).to.contain("no name was typed");
  });

  it("rehearses what can be made good there alone", async () => {
    const { code, output } = await ops(["drill", "--scenario", "all", "--environment", "staging"]);
    expect(code).to.equal(1);
    expect(output).to.contain("Not rehearsed in staging: redis-lost").and.not.contain("database-lost");
  });

  it("says before what it needs and does, and asks no service for that", async () => {
    const { code, output } = await ops(
      ["drill", "--scenario", "database-lost,database-corrupted", "--environment", "staging", "--dry-run"],
      { MONGODB_URI: "", REDIS_URL: "", AWS_ENDPOINT_URL: "http://127.0.0.1:9" },
    );
    expect(code, output).to.equal(0);
    expect(output)
      .to.contain("account 111122223333, eu-west-1, https://api-staging.ecobeat.app")
      .and.contain("needs: HEALTH_API_KEY")
      .and.contain("does: the database is dropped")
      .and.contain("step 1: aws lambda put-function-concurrency --function-name ecobeat-$ENVIRONMENT-api")
      .and.contain('step 3: npm run -s ops -- restore --from "$BACKUP_LOCATION" --before "$BEFORE"')
      .and.contain("does: deletes the users and the activities that it made");
  });

  describeWith(missing ?? "AWS_ENDPOINT_URL", "on an environment that stands for it", () => {
    let localEnvironment: LocalEnvironment;
    before(async () => {
      localEnvironment = await LocalEnvironment.build(getLocalServices(process.env));
    });
    after(() => localEnvironment.remove());

    const rehearse = async (MONGODB_URI: string) =>
      runScenario(await scenarios["database-lost"]!(), {
        open: () =>
          StagingEnvironment.open({
            variables: {
              ...process.env,
              ...localEnvironment.variables,
              ...variables,
              MONGODB_URI,
              HEALTH_API_KEY: localEnvironment.apiKey,
            },
            prompt: async () => "staging",
            api: localEnvironment.api,
          }),
        documents: 250,
        writeSeconds: 1,
        outageSeconds: 1,
        backupLocation: join(folder, "backups"),
        targets: { rtoSeconds: 900, rpoSeconds: 4 * 3_600 },
        onPhase: () => {},
        signal: new AbortController().signal,
      });

    it("ends well, and leaves nobody of the drill behind", async function () {
      if (!hasAwsCli) this.skip();
      await localEnvironment.database.collection<{ _id: string }>("users").insertOne({ _id: "ann" });
      const report = await rehearse(localEnvironment.region.mongodbUri);
      expect(report.failure).to.equal(null);
      expect(report.checks.filter(({ passed }) => !passed)).to.deep.equal([]);
      expect(report.passed).to.equal(true);
      const left = await localEnvironment.database.collection<{ _id: string }>("users").find().toArray();
      expect(left.map(({ _id }) => _id)).to.deep.equal(["ann"]);
      expect(await localEnvironment.database.collection("activities").countDocuments()).to.equal(0);
    });

    it("destroys nothing in a database that is not the API's", async function () {
      if (!hasAwsCli) this.skip();
      const report = await rehearse(createDatabaseUri(process.env.MONGODB_URI!));
      expect(report.failure).to.contain("Refused to drill: whom the API registered is not in ecobeat-drill-");
      expect(report.disasterAt).to.equal(null);
    });
  });
});
