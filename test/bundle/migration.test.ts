import { randomInt, randomUUID } from "node:crypto";
import { createClient } from "@redis/client";
import { expect } from "chai";
import { functionEnvironment } from "../../bench/function-environment.ts";
import { cacheKeyPrefix, toPreviewName } from "../../service/contract.ts";
import { indexes } from "../../service/platform/indexes.ts";
import { foreignEvents, isEmptyEvent } from "../support/foreign-events.ts";
import { deployDatabase, deployService, describeDeployed } from "./deployment.ts";
import { UnzippedArchive } from "./unzipped-archive.ts";

describe("the migration in the archive", () => {
  const archive = new UnzippedArchive("service");

  it("has its own handler, and loads the driver only when it is called", async () => {
    const environment = functionEnvironment("nowhere", "http://127.0.0.1:9");
    const loaded =
      "Object.keys(require.cache).filter((file) => require('fs').readFileSync(file).includes('MongoClient'))";
    const expression = `({ types: [typeof index.handler, typeof index.migrate], drivers: ${loaded} })`;
    expect((await archive.evaluate(expression, environment)).result).to.deep.equal({
      types: ["function", "function"],
      drivers: [],
    });
  });

  it("refuses any event but a request to migrate, and connects to nothing", async () => {
    const environment = functionEnvironment("nowhere", "http://127.0.0.1:9");
    const foreign = foreignEvents.filter(({ event }) => !isEmptyEvent(event));
    const events = [
      ...foreign,
      { event: { dryRun: "yes" }, name: "another type" },
      { event: { documents: true, since: "yesterday" }, name: "a time that is none" },
      { event: Object.fromEntries([["constructor", true]]), name: "a member that every object has" },
      // Only a function with a database of its own deletes it, and so none of an environment.
      { event: { erase: "ecobeat" }, name: "an erasure of the database" },
      { event: { erase: "ecobeat-pr-7" }, name: "an erasure of a preview" },
    ];
    const calls = events.map(({ event }) => `index.migrate(${JSON.stringify(event)}, context)`);
    const outcomes = await archive.evaluateEach(calls, environment);
    for (const [index, { name }] of events.entries()) {
      const { result, failure, log } = outcomes[index]!;
      expect(failure, name).to.equal(undefined);
      const problem = result.body ? JSON.parse(result.body) : result;
      expect(problem.instance, name).to.equal("urn:request:id");
      expect(log, name).to.have.length(1);
      expect(log[0]).to.include({ message: "unsupported event", request_id: "id" });
    }
  });

  it("takes no event, and an empty one, for a request to migrate", async () => {
    const environment = functionEnvironment("nowhere", "http://127.0.0.1:9");
    const calls = ["", "null", "{}"].map((event) => `index.migrate(${event})`);
    for (const [index, { failure }] of (await archive.evaluateEach(calls, environment)).entries()) {
      expect(failure, calls[index]).to.contain("127.0.0.1:9");
    }
  });

  describeDeployed(["MONGODB_URI", "AWS_ENDPOINT_URL"], deployDatabase, (getDeployment) => {
    it("finds the database by its parameter, creates the indexes once, and returns their names", async () => {
      const call = async (expression: string) =>
        (await archive.evaluate(expression, getDeployment().environment)).result;
      const created = Object.entries(indexes).flatMap(([collection, declared]) =>
        declared.map((index) => `${collection}.${index.name}`),
      );
      const plan = { different: [], toDrop: [], undeclared: { collections: [], indexes: [] }, migrations: [] };
      expect(await call("index.migrate({ dryRun: true })")).to.deep.equal({ missing: created, ...plan });
      const { startedAt, ...outcome } = await call("index.migrate()");
      expect(outcome).to.deep.equal({ created, dropped: [], done: true, migrations: [] });
      expect(await call("index.migrate({ dryRun: true })")).to.deep.equal({ missing: [], ...plan });
      const again = `index.migrate(${JSON.stringify({ documents: true, dropIndexes: true, since: startedAt })})`;
      expect(await call(again)).to.deep.include({ created: [], dropped: [], done: true });
    });
  });

  describeDeployed(["MONGODB_URI", "REDIS_URL", "AWS_ENDPOINT_URL"], deployService, (getDeployment) => {
    it("creates and deletes the database and the keys of a preview, and leaves those of its environment", async () => {
      const { environment, database } = getDeployment();
      const redis = await createClient({ url: process.env.REDIS_URL! }).connect();
      const name = toPreviewName(randomInt(1_000_000, 9_999_999));
      const ofPreview = { ...environment, DATABASE_NAME: name };
      const call = async (expression: string) => archive.evaluate(expression, ofPreview);
      await database.collection("users").insertOne({});
      const { created } = (await call("index.migrate()")).result;
      expect(created).to.include("users.email_canonical");
      const userId = randomUUID();
      await database.client.db(name).collection<{ _id: string }>("users").insertOne({ _id: userId });
      const [cached, kept] = [`${name}:`, cacheKeyPrefix].map((prefix) => `${prefix}{${userId}}:cached`);
      for (const key of [cached!, kept!]) await redis.set(key, "{}", { PX: 60_000 });
      expect((await call(`index.migrate({ erase: ${JSON.stringify(database.databaseName)} })`)).failure).to.contain(
        "Nothing was deleted",
      );
      expect((await call(`index.migrate({ erase: ${JSON.stringify(name)} })`)).result).to.deep.equal({
        erased: name,
        users: 1,
        collections: Object.keys(indexes)
          .filter((name) => indexes[name]!.length > 0)
          .sort(),
      });
      expect(await redis.keys(`*{${userId}}:cached`)).to.deep.equal([kept]);
      expect((await call("index.migrate({ dryRun: true })")).result.missing).to.deep.equal(created);
      expect(await database.collection("users").countDocuments()).to.equal(1);
      await database.client.db(name).dropDatabase();
      await redis.del(kept!);
      redis.destroy();
    });
  });
});
