import { randomUUID } from "node:crypto";
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { expect } from "chai";
import { largestDumps } from "../../../../scripts/backup/contract.ts";
import { dumpDatabase, type Invocation, verifyNewestDump } from "../../../../scripts/backup/lambda/functions.ts";
import { readAll } from "../../../../scripts/backup/location.ts";
import { getManifestPath } from "../../../../scripts/backup/manifest.ts";
import { type DeployedEnvironment, parameterPath, parameters } from "../../../../service/contract.ts";
import { jsonLogger } from "../../../../service/platform/logging.ts";
import { authorizingProxy } from "../../../support/authorizing-proxy.ts";
import { DatabaseUser, getPrivileges } from "../../../support/database-user.ts";
import { mongoDatabase, type TestDatabase } from "../../../support/databases.ts";
import { parseEmbeddedMetrics } from "../../../support/embedded-metrics.ts";
import { expectCode } from "../../../support/errors.ts";
import { describeWith } from "../../../support/real-services.ts";
import { WireDatabase } from "../../../support/wire-database.ts";
import { createBucket, createDocuments, type TestBucket } from "../fixture.ts";

const enoughTime = { getRemainingTimeInMillis: () => 900_000 };
const noTime = { getRemainingTimeInMillis: () => 0 };

describeWith("MONGODB_URI", "The functions that make and verify backups", () =>
  describeWith("AWS_ENDPOINT_URL", "with the AWS emulator", () => {
    const environment = `backups-${randomUUID().slice(0, 8)}` as DeployedEnvironment;
    const parameter = parameterPath(environment, parameters.mongodbUri);
    const ssm = new SSMClient();
    let source: TestDatabase;
    let bucket: TestBucket;
    let lines: Record<string, unknown>[];
    let functions: ReturnType<typeof createFunctions>;

    const createFunctions = (backupLocation: string) => {
      const log = jsonLogger((line) => lines.push(JSON.parse(line)));
      const props = { environment, backupLocation, scratchDatabase: environment, clock: Date.now, log };
      return {
        dump: (invocation: Invocation) => dumpDatabase(props, invocation),
        verify: (invocation: Invocation) => verifyNewestDump(props, invocation),
      };
    };
    /** Metrics of lines, as `BackupsMade Count`. */
    const getMetrics = (from = 0) =>
      lines
        .slice(from)
        .flatMap(parseEmbeddedMetrics)
        .map(({ name, unit }) => `${name} ${unit}`);
    const setUri = (uri: string) =>
      ssm.send(new PutParameterCommand({ Name: parameter, Value: uri, Type: "String", Overwrite: true }));
    /** URI of the source database, changed by the caller. */
    const getUri = (change: (uri: URL) => void = () => {}) => {
      const uri = new URL(process.env.MONGODB_URI!);
      uri.pathname = `/${source.database.databaseName}`;
      change(uri);
      return uri.href;
    };
    const scratch = () => source.database.client.db(environment);
    const expectScratchEmpty = async () => expect(await scratch().listCollections().toArray()).to.deep.equal([]);

    before(async () => {
      source = await mongoDatabase();
      await source.database
        .collection("activities")
        .insertMany(Array.from({ length: 3_000 }, (_, serial) => ({ serial, text: randomUUID().repeat(8) })));
      await source.database.collection("users").insertOne({ email: "ann@example.com" });
      await source.database.collection("users").createIndex({ email: 1 }, { unique: true });
    });
    beforeEach(async () => {
      bucket = await createBucket();
      lines = [];
      functions = createFunctions(bucket.address);
      await setUri(getUri());
    });
    afterEach(() => bucket.remove());
    after(async () => {
      await ssm.send(new DeleteParameterCommand({ Name: parameter }));
      await source.remove();
    });

    it("dump the database of the parameter, and log the backup", async () => {
      const created = await functions.dump(enoughTime);
      const files = await bucket.location.list();
      const manifest = files.find(({ path }) => path === getManifestPath(created.id))!;
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0) - manifest.bytes;
      expect(created).to.include({ documents: 3_001, bytes });
      expect(lines).to.have.length(1);
      const BackupSize = bytes / 1e6;
      expect(lines[0]).to.include({ level: "info", message: "dump done", id: created.id, BackupsMade: 1, BackupSize });
      expect(getMetrics()).to.have.members([
        ...["BackupsMade Count", "DatabaseSize Megabytes", "BackupSize Megabytes", "BackupDuration Seconds"],
      ]);
      expect(lines[0]!.DatabaseSize).to.be.above(BackupSize);
    });

    it("refuse a database that a dump of 14 minutes cannot hold, and log its size", async () => {
      const server = new WireDatabase();
      await server.start();
      try {
        server.put("shop.things", { documents: createDocuments(3) });
        server.dataSize = largestDumps.function * 1e6 + 1;
        await setUri(server.uri.replace("/?", "/shop?"));
        await expectCode("backup-too-large", () => functions.dump(enoughTime));
        expect(await bucket.location.list()).to.deep.equal([]);
        expect(lines[0]).to.include({ message: "dump failed", BackupsMade: 0, DatabaseSize: server.dataSize / 1e6 });
        expect(getMetrics()).to.have.members(["BackupsMade Count", "DatabaseSize Megabytes"]);
      } finally {
        await server.stop();
      }
    });

    it("restore the newest backup into another database, compare it, and drop it", async () => {
      await functions.dump(enoughTime);
      await scratch().collection("left_behind").insertOne({});
      const tested = await functions.verify(enoughTime);
      expect(tested).to.include({ documents: 3_001, collections: 2 });
      await expectScratchEmpty();
      expect(await source.database.collection("activities").countDocuments()).to.equal(3_000);
      expect(lines[1]).to.include({ level: "info", message: "restore test done", BackupsVerified: 1 });
      expect(lines[1]!.BackupAge).to.be.within(0, 60);
      expect(getMetrics(1)).to.have.members([
        "BackupsVerified Count",
        "BackupAge Seconds",
        "RestoreTestDuration Seconds",
      ]);
    });

    it("need only the roles that the database grants them, and drop nothing without", async () => {
      const user = new DatabaseUser();
      const proxy = await authorizingProxy(user);
      try {
        await setUri(proxy.uri(source.database.databaseName));
        user.privileges = getPrivileges("read", source.database.databaseName);
        await functions.dump(enoughTime);
        const granted = getPrivileges("readWrite", environment);
        await scratch().collection("left_behind").insertOne({});
        user.privileges = granted.map(({ resource, actions }) => ({
          resource,
          actions: actions.filter((action) => action !== "insert"),
        }));
        await expectCode("restore-privileges-missing", () => functions.verify(enoughTime));
        expect(await scratch().collection("left_behind").countDocuments(), "dropped in spite of the error").to.equal(1);
        user.privileges = granted;
        expect(await functions.verify(enoughTime)).to.include({ documents: 3_001, collections: 2 });
      } finally {
        proxy.close();
      }
    });

    it("detect one flipped bit in the newest backup", async () => {
      const { location } = bucket;
      const { id } = await functions.dump(enoughTime);
      const { path } = (await location.list(id)).find(({ path }) => path.endsWith("activities.bson.gz"))!;
      const file = await readAll(location, path);
      file[file.length >> 1]! ^= 1;
      await location.write(path, [file]);
      await expectCode("backup-damaged", () => functions.verify(enoughTime));
      expect(lines[1]).to.include({ level: "error", message: "restore test failed", BackupsVerified: 0 });
      await expectScratchEmpty();
    });

    it("report that there is no backup to verify", async () => {
      await expectCode("backup-not-found", () => functions.verify(enoughTime));
      expect(lines[0]).to.include({ BackupsVerified: 0 });
    });

    it("stop before they time out, and leave no backup and no restored data", async () => {
      await expectCode("backup-function-timeout", () => functions.dump(noTime));
      expect(lines[0]).to.include({ level: "error", message: "dump failed", BackupsMade: 0 });
      expect(getMetrics()).to.have.members(["BackupsMade Count", "DatabaseSize Megabytes"]);
      const paths = (await bucket.location.list()).map(({ path }) => path);
      expect(paths.filter((path) => path.endsWith("manifest.json"))).to.deep.equal([]);
      expect(await bucket.uploads()).to.deep.equal([]);

      await functions.dump(enoughTime);
      await expectCode("backup-function-timeout", () => functions.verify(noTime));
      await expectScratchEmpty();
    });

    it("report an error of S3", async () => {
      functions = createFunctions(`${bucket.address}-none/dumps/`);
      const { message } = await expectCode("s3-request-failed", () => functions.dump(enoughTime));
      expect(message).to.contain(`${bucket.address}-none/dumps/`).and.contain("NoSuchBucket");
      expect(lines[0]).to.include({ BackupsMade: 0 });
    });

    it("report a database that rejects the login or does not respond, without its password", async () => {
      await setUri(getUri((uri) => Object.assign(uri, { username: "unknown", password: "a-passphrase" })));
      const error = await functions.dump(enoughTime).catch((error) => error);
      expect(error.code).to.be.oneOf(["database-login-failed", "database-unreachable"]);
      expect(JSON.stringify(lines)).to.contain(parameter).and.not.contain("a-passphrase");

      await setUri("mongodb://127.0.0.1:9/ecobeat");
      await expectCode("database-unreachable", () => functions.dump(enoughTime));
      expect(await bucket.location.list()).to.deep.equal([]);
    });
  }),
);
