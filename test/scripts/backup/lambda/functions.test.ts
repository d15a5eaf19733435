import { randomUUID } from "node:crypto";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  ListMultipartUploadsCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { expect } from "chai";
import { BackupFunctions } from "../../../../scripts/backup/lambda/functions.ts";
import type { BackupLocation } from "../../../../scripts/backup/location.ts";
import { getManifestPath } from "../../../../scripts/backup/manifest.ts";
import { openLocation } from "../../../../scripts/backup/open-store.ts";
import { type DeployedEnvironment, parameterPath, parameters } from "../../../../service/contract.ts";
import { jsonLogger } from "../../../../service/platform/logging.ts";
import { authorizingProxy } from "../../../support/authorizing-proxy.ts";
import { DatabaseUser, getPrivileges } from "../../../support/database-user.ts";
import { mongoDatabase, type TestDatabase } from "../../../support/databases.ts";
import { parseEmbeddedMetrics } from "../../../support/embedded-metrics.ts";
import { describeWith } from "../../../support/real-services.ts";

const enoughTime = { getRemainingTimeInMillis: () => 900_000 };
const noTime = { getRemainingTimeInMillis: () => 0 };

/** Metrics of lines, as `BackupsMade 1 Count`. */
const metricsIn = (lines: Record<string, unknown>[]) =>
  lines.flatMap(parseEmbeddedMetrics).map(({ name, unit }) => `${name} ${unit}`);

describeWith("MONGODB_URI", "The functions that make and verify backups", () =>
  describeWith("AWS_ENDPOINT_URL", "with the AWS emulator", () => {
    const environment = `backups-${randomUUID().slice(0, 8)}` as DeployedEnvironment;
    const bucket = `ecobeat-${environment}`;
    const place = `s3://${bucket}/dumps/`;
    const parameter = parameterPath(environment, parameters.mongodbUri);
    const s3 = new S3Client({ forcePathStyle: true });
    const ssm = new SSMClient();
    let source: TestDatabase;
    let store: BackupLocation;
    let lines: Record<string, unknown>[];
    let functions: BackupFunctions;

    const functionsAt = (place: string) =>
      new BackupFunctions({
        environment,
        backupLocation: place,
        scratchDatabase: environment,
        clock: Date.now,
        log: jsonLogger((line) => lines.push(JSON.parse(line))),
      });
    const storeUri = (uri: string) =>
      ssm.send(new PutParameterCommand({ Name: parameter, Value: uri, Type: "String", Overwrite: true }));
    const sourceUri = () => {
      const uri = new URL(process.env.MONGODB_URI!);
      uri.pathname = `/${source.database.databaseName}`;
      return uri.href;
    };
    const scratch = () => source.database.client.db(environment);
    const emptyStore = async () => {
      for (const { path } of await store.list()) await store.remove(path);
    };
    const failureOf = (work: Promise<unknown>): Promise<Error> =>
      work.then(
        () => expect.fail("it succeeded"),
        (error) => error,
      );

    before(async () => {
      source = await mongoDatabase();
      await source.database
        .collection("activities")
        .insertMany(Array.from({ length: 3_000 }, (_, serial) => ({ serial, text: randomUUID().repeat(8) })));
      await source.database.collection("users").insertOne({ email: "ann@example.com" });
      await source.database.collection("users").createIndex({ email: 1 }, { unique: true });
      await s3.send(new CreateBucketCommand({ Bucket: bucket }));
      store = await openLocation(place, process.env);
    });
    beforeEach(async () => {
      lines = [];
      functions = functionsAt(place);
      await storeUri(sourceUri());
    });
    afterEach(emptyStore);
    after(async () => {
      await s3.send(new DeleteBucketCommand({ Bucket: bucket }));
      await ssm.send(new DeleteParameterCommand({ Name: parameter }));
      await source.remove();
    });

    it("dump the database of the parameter, and tell what they made", async () => {
      const made = await functions.dump(enoughTime);
      const files = await store.list();
      expect(files.map(({ path }) => path)).to.include(getManifestPath(made.id));
      const manifest = files.find(({ path }) => path === getManifestPath(made.id))!;
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0) - manifest.bytes;
      expect(made).to.include({ documents: 3_001, bytes });
      expect(lines).to.have.length(1);
      expect(lines[0]).to.include({ level: "info", message: "dump done", id: made.id, BackupsMade: 1 });
      expect(lines[0]!.BackupSize).to.equal(bytes / 1e6);
      expect(metricsIn(lines)).to.deep.equal([
        "BackupsMade Count",
        "BackupSize Megabytes",
        "BackupDuration Seconds",
      ]);
    });

    it("restore the newest backup beside the database, compare it, and leave nothing of it", async () => {
      await functions.dump(enoughTime);
      await scratch().collection("left_behind").insertOne({});
      const tested = await functions.verify(enoughTime);
      expect(tested).to.include({ documents: 3_001, collections: 2 });
      expect(await scratch().listCollections().toArray()).to.deep.equal([]);
      expect(await source.database.collection("activities").countDocuments()).to.equal(3_000);
      expect(lines[1]).to.include({ level: "info", message: "restore test done", BackupsVerified: 1 });
      expect(lines[1]!.BackupAge).to.be.within(0, 60);
      expect(metricsIn(lines.slice(1))).to.have.members([
        "BackupsVerified Count",
        "BackupAge Seconds",
        "RestoreTestDuration Seconds",
      ]);
    });

    it("need no more than the roles that the database gives them", async () => {
      const user = new DatabaseUser();
      const proxy = await authorizingProxy(user);
      try {
        await storeUri(proxy.uri(source.database.databaseName));
        user.privileges = getPrivileges("read", source.database.databaseName);
        await functions.dump(enoughTime);
        user.privileges = getPrivileges("readWrite", environment);
        expect(await functions.verify(enoughTime)).to.include({ documents: 3_001, collections: 2 });
      } finally {
        proxy.close();
      }
    });

    it("find one flipped bit in the newest backup", async () => {
      const { id } = await functions.dump(enoughTime);
      const data = (await store.list(id)).find(({ path }) => path.endsWith("activities.bson.gz"))!;
      const pieces: Buffer[] = [];
      for await (const piece of store.read(data.path)) pieces.push(piece);
      const file = Buffer.concat(pieces);
      file[file.length >> 1]! ^= 1;
      await store.write(data.path, [file]);
      const { message } = await failureOf(functions.verify(enoughTime));
      expect(message).to.contain("activities");
      expect(lines[1]).to.include({ level: "error", message: "restore test failed", BackupsVerified: 0 });
      expect(await scratch().listCollections().toArray()).to.deep.equal([]);
    });

    it("say that there is nothing to verify", async () => {
      expect((await failureOf(functions.verify(enoughTime))).message).to.contain(
        "There is no backup in s3://",
      );
      expect(lines[0]).to.include({ BackupsVerified: 0 });
    });

    it("stop before their time is over, and leave no backup and no restored data", async () => {
      const { message } = await failureOf(functions.dump(noTime));
      expect(message).to.contain("has run out of time").and.contain("docs/backups.md");
      expect(lines[0]).to.include({ level: "error", message: "dump failed", BackupsMade: 0 });
      expect(metricsIn(lines)).to.deep.equal(["BackupsMade Count"]);
      expect((await store.list()).filter(({ path }) => path.endsWith("manifest.json"))).to.deep.equal([]);
      const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
      expect(Uploads).to.deep.equal([]);

      await functions.dump(enoughTime);
      expect((await failureOf(functions.verify(noTime))).message).to.contain("has run out of time");
      expect(await scratch().listCollections().toArray()).to.deep.equal([]);
    });

    it("say what S3 refuses", async () => {
      functions = functionsAt(`s3://${bucket}-of-nobody/dumps/`);
      const { message } = await failureOf(functions.dump(enoughTime));
      expect(message).to.contain(`s3://${bucket}-of-nobody/dumps/`).and.contain("NoSuchBucket");
      expect(lines[0]).to.include({ BackupsMade: 0 });
    });

    it("say that the database refuses them or does not answer, without its password", async () => {
      const refusing = new URL(sourceUri());
      [refusing.username, refusing.password] = ["nobody", "a-passphrase"];
      await storeUri(refusing.href);
      const { message } = await failureOf(functions.dump(enoughTime));
      expect(message).to.contain(`The database that the parameter ${parameter} names`);
      expect(JSON.stringify(lines)).to.contain(parameter).and.not.contain("a-passphrase");

      await storeUri("mongodb://127.0.0.1:9/ecobeat");
      expect((await failureOf(functions.dump(enoughTime))).message).to.contain("does not answer");
      expect(await store.list()).to.deep.equal([]);
    });

    it("refuse a database that is empty", async () => {
      const empty = new URL(sourceUri());
      empty.pathname = `/${source.database.databaseName}_empty`;
      await storeUri(empty.href);
      expect((await failureOf(functions.dump(enoughTime))).message).to.contain("holds no collections");
      expect(lines[0]).to.include({ BackupsMade: 0 });
    });
  }),
);
