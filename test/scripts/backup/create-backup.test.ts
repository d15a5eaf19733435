import { randomBytes } from "node:crypto";
import { S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { BSON, MongoNetworkError } from "mongodb";
import { dumpLimits, largestDumps } from "../../../scripts/backup/contract.ts";
import { createBackup, planBackup } from "../../../scripts/backup/create-backup.ts";
import type { SizeEstimate } from "../../../scripts/backup/database-size.ts";
import { openLocation } from "../../../scripts/backup/open-location.ts";
import { S3Location } from "../../../scripts/backup/s3-location.ts";
import { verifyBackup } from "../../../scripts/backup/verify.ts";
import { expectCode } from "../../support/errors.ts";
import { describeWith } from "../../support/real-services.ts";
import { createBucket, createDocuments, MemoryLocation, startS3Proxy, toBson, useWireDatabase } from "./fixture.ts";

const documents = createDocuments(5_000);

describe("Backing up", () => {
  const server = useWireDatabase();
  let location: MemoryLocation;

  beforeEach(() => {
    location = new MemoryLocation();
    server.put("shop.things", { documents });
    server.put("shop.people", { documents });
  });

  const create = () => createBackup({ database: server.open("shop"), location, clock: Date.now });

  it("reads all collections as of one timestamp, if the server has snapshots", async () => {
    server.clusterTime = new BSON.Timestamp({ t: Date.UTC(2026, 10, 22) / 1_000, i: 7 });
    const { consistency } = await create();
    expect(consistency).to.deep.equal({ snapshot: true, at: "2026-11-22T00:00:00.000Z" });
    const [first, ...rest] = server.commands.filter((command) => "find" in command);
    expect(first!.readConcern).to.deep.equal({ level: "snapshot" });
    expect(rest.map(({ find }) => find).sort()).to.deep.equal(["people", "things"]);
    for (const { readConcern } of rest) {
      expect(readConcern).to.deep.equal({ level: "snapshot", atClusterTime: server.clusterTime });
    }
  });

  it("records in the manifest that the server has no snapshots", async () => {
    const errmsg = "node needs to be a replica set member";
    server.intercept = (_name, { readConcern }) => (readConcern ? { ok: 0, code: 123, errmsg } : undefined);
    const { id } = await create();
    const { manifest } = await verifyBackup(location, id);
    expect(manifest.consistency).to.deep.equal({ snapshot: false, because: `the server said: ${errmsg}` });
  });

  it("starts again without a snapshot if it becomes too old", async () => {
    server.clusterTime = new BSON.Timestamp({ t: 1, i: 1 });
    let batches = 0;
    server.intercept = (name) =>
      name === "getMore" && ++batches === 2 ? { ok: 0, code: 239, errmsg: "too old" } : undefined;
    const { id } = await create();
    const { manifest } = await verifyBackup(location, id);
    expect(manifest.consistency).to.have.property("snapshot", false);
    expect(manifest.collections.map(({ data }) => data?.documents)).to.deep.equal([5_000, 5_000]);
    const finds = server.commands.filter((command) => "find" in command);
    expect(finds.slice(-2).map(({ hint }) => hint)).to.deep.equal([{ _id: 1 }, { _id: 1 }]);
  });

  it("reads no snapshot if it does not last as long, and says so", async () => {
    server.clusterTime = new BSON.Timestamp({ t: 1, i: 1 });
    server.dataSize = largestDumps.snapshot * 1e6 + 1;
    const { consistency } = await create();
    expect(consistency).to.have.property("snapshot", false);
    expect(JSON.stringify(consistency)).to.contain("300 s");
    const finds = server.commands.filter((command) => "find" in command);
    expect(finds).to.have.length(2);
    for (const find of finds) {
      expect(find)
        .to.deep.include({ sort: { _id: 1 }, hint: { _id: 1 } })
        .and.not.to.have.property("readConcern");
    }
  });

  it("reads the largest database that fits as of one timestamp", async () => {
    server.clusterTime = new BSON.Timestamp({ t: 1, i: 1 });
    server.dataSize = largestDumps.snapshot * 1e6;
    expect((await create()).consistency.snapshot).to.equal(true);
  });

  for (const reply of [{ ok: 0, code: 59, errmsg: "no such command: 'dbStats'" }, { ok: 1 }]) {
    it(`begins as if it fits if the server does not tell its size: ${reply.errmsg}`, async () => {
      server.clusterTime = new BSON.Timestamp({ t: 1, i: 1 });
      server.intercept = (name) => (name === "dbStats" ? reply : undefined);
      expect((await create()).consistency.snapshot).to.equal(true);
    });
  }

  it("does not begin if the connection is lost before the server tells its size", async () => {
    server.intercept = (name) => (name === "dbStats" ? "half" : undefined);
    expect(await create().catch((error) => error)).to.be.instanceOf(MongoNetworkError);
    expect(location.files.size).to.equal(0);
  });

  it("refuses a database above its limit before it writes, and tells the size", async () => {
    server.dataSize = largestDumps.function * 1e6 + 1;
    const sizes: SizeEstimate[] = [];
    const options = { limitSeconds: dumpLimits.function, onEstimate: (size: SizeEstimate) => sizes.push(size) };
    const refused = () => createBackup({ database: server.open("shop"), location, clock: Date.now, ...options });
    expect((await expectCode("backup-too-large", refused)).message)
      .to.contain("3444 MB")
      .and.contain("14 minutes");
    expect(location.files.size).to.equal(0);
    expect(sizes.map(({ bytes }) => bytes)).to.deep.equal([server.dataSize]);
    server.dataSize -= 1;
    await refused();
  });

  describe("without a snapshot", () => {
    const mixed = toBson(
      ...[1, 2.5, "a", "b", { "2": 1, "1": 2 }, new BSON.Binary(Buffer.of(1)), new BSON.ObjectId(), true].map(
        (_id) => ({ _id, text: "x".repeat(20_000) }),
      ),
      ...Array.from({ length: 60 }, (_, number) => ({ _id: new Date(number), text: "x".repeat(20_000) })),
    );

    beforeEach(() => {
      server.dataSize = largestDumps.snapshot * 1e6 + 1;
      server.collections.delete("shop.people");
    });

    /** The documents in the file of the only collection. */
    const readDocuments = async (id: string) => {
      const { dump } = await verifyBackup(location, id);
      const found: Buffer[] = [];
      for await (const { bytes } of dump.collections[0]!.documents()) found.push(Buffer.from(bytes));
      return Buffer.concat(found);
    };

    // A cursor is lost more often than six attempts in a row may fail; after a connection, the driver waits half a second.
    for (const [title, reply, period] of [
      ["cursor", { ok: 0, code: 43, errmsg: "cursor not found" }, 2],
      ["connection", "half", 7],
    ] as const) {
      it(`continues after a lost ${title}, without gaps and duplicates`, async () => {
        server.put("shop.things", { documents: mixed });
        let batches = 0;
        server.intercept = (name, command) => {
          if (name === "find" || name === "getMore") command.batchSize = 5;
          return name === "getMore" && ++batches % period === 1 ? reply : undefined;
        };
        const { id } = await create();
        expect(batches).to.be.above(6 * 2 - 1);
        expect(Buffer.compare(await readDocuments(id), Buffer.concat(mixed))).to.equal(0);
      });
    }

    it("fails after an error that does not pass", async () => {
      server.intercept = (name) => (name === "getMore" ? { ok: 0, code: 13, errmsg: "not authorized" } : undefined);
      const error = await create().catch((reason) => reason);
      expect(error).to.have.property("code", 13);
      expect(location.files.size).to.equal(0);
    });

    const toOptions = (options: object) => Buffer.from(BSON.serialize(options));
    const clustered = toOptions({ clusteredIndex: { key: { _id: 1 }, unique: true } });
    const collections: Readonly<Record<string, [object, boolean]>> = {
      "keeps the order of a capped collection": [{ options: toOptions({ capped: true, size: 1_000_000 }) }, false],
      "needs the index of _id to resume": [{ indexes: [] }, false],
      "resumes in a clustered collection": [{ options: clustered, indexes: [] }, true],
    };
    for (const [title, [collection, isOrdered]] of Object.entries(collections)) {
      it(title, async () => {
        server.put("shop.things", { documents, ...collection });
        await create();
        const [find] = server.commands.filter((command) => "find" in command);
        expect("sort" in find! && "hint" in find).to.equal(isOrdered);
      });
    }
  });

  it("never has more calls waiting for a connection than it reads collections, however many there are", async () => {
    for (let number = 0; number < 30; number++) server.put(`shop.${number}`, { documents: createDocuments(1) });
    const database = server.open("shop");
    let [waiting, most] = [0, 0];
    database.client.on("connectionCheckOutStarted", () => {
      most = Math.max(most, ++waiting);
    });
    database.client.on("connectionCheckedOut", () => waiting--);
    await planBackup(database);
    await createBackup({ database, location, clock: Date.now });
    expect(most).to.be.within(1, 2);
  });

  it("rejects a time series collection", async () => {
    server.put("shop.weather", { type: "timeseries" });
    expect((await expectCode("collection-type-unsupported", create)).message).to.contain("weather");
    expect(location.files.size).to.equal(0);
  });

  it("excludes system collections", async () => {
    server.put("shop.system.views", {});
    server.put("shop.system.js", {});
    const { collections } = await create();
    expect(collections.map(({ name }) => name)).to.deep.equal(["people", "system.js", "things"]);
  });

  it("fails during a restore, even one that began later", async () => {
    server.intercept = (name) => {
      if (name === "getMore") server.put("shop.restore_in_progress", {});
      return undefined;
    };
    await expectCode("backup-source-half-restored", create);
    expect(location.files.size).to.equal(0);
  });

  it("writes the manifest last", async () => {
    const { id } = await create();
    expect([...location.files.keys()].at(-1)).to.equal(`${id}/manifest.json`);
    expect(location.files.size).to.equal(5);
  });

  it("records the newest time of the documents, by their dates and ObjectIds", async () => {
    const at = (iso: string) => new Date(iso);
    const dated = toBson(
      { _id: 1, updatedAt: at("2026-01-03T00:00:00Z"), createdAt: at("2026-01-02T00:00:00Z"), due: at("2030-01-01") },
      { _id: BSON.ObjectId.createFromTime(Date.UTC(2026, 0, 4) / 1_000) },
      { _id: 2, updatedAt: "2029-01-01", nested: { updatedAt: at("2029-01-01T00:00:00Z") } },
    );
    server.put("shop.things", { documents: dated });
    server.put("shop.people", { documents: toBson({ _id: 1 }) });
    const { collections } = await create();
    expect(collections.map(({ data }) => data?.newest)).to.deep.equal([null, "2026-01-04T00:00:00.000Z"]);
  });

  describeWith("AWS_ENDPOINT_URL", "to S3", () => {
    it("needs only the permission to write", async () => {
      const { bucket, address, remove } = await createBucket();
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
      const proxy = await startS3Proxy(({ method }, response) => {
        const isDenied = method !== "PUT" && method !== "POST";
        if (isDenied) response.writeHead(403).end("<Error><Code>AccessDenied</Code></Error>");
        return isDenied;
      });
      server.collections.delete("shop.people");
      const noise = () => ({ noise: new BSON.Binary(randomBytes(1e6)) });
      server.put("shop.things", { documents: createDocuments(12, noise) });
      const client = new S3Client({ forcePathStyle: true, endpoint: proxy.endpoint });
      const writer = new S3Location(client, bucket, "dumps/");
      const { id } = await createBackup({ database: server.open("shop"), location: writer, clock: Date.now });
      const { manifest } = await verifyBackup(await openLocation(`${address}/dumps/`), id);
      expect(manifest.collections.map(({ data }) => data?.documents)).to.deep.equal([12]);
      proxy.close();
      await remove();
    });
  });
});
