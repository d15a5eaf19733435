import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { CreateBucketCommand, DeleteBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { BSON } from "mongodb";
import { createBackup } from "../../../scripts/backup/create.ts";
import { openLocation } from "../../../scripts/backup/open-store.ts";
import { S3Location } from "../../../scripts/backup/s3-location.ts";
import { verifyBackup } from "../../../scripts/backup/verify.ts";
import { describeWith } from "../../support/real-services.ts";
import { WireDatabase } from "../../support/wire-database.ts";
import { MemoryLocation } from "./memory-location.ts";

const things = Array.from({ length: 5_000 }, (_, i) => Buffer.from(BSON.serialize({ _id: i })));

describe("Backing up", () => {
  const server = new WireDatabase();
  let store: MemoryLocation;

  before(() => server.start());
  beforeEach(() => {
    store = new MemoryLocation();
    server.collections.clear();
    server.commands.length = 0;
    server.clusterTime = undefined;
    server.intercept = () => undefined;
    server.put("shop.things", { documents: things });
    server.put("shop.people", { documents: things });
  });
  after(() => server.stop());

  const create = () => createBackup({ database: server.open("shop"), location: store, clock: Date.now });
  const finds = () => server.commands.filter((command) => "find" in command);

  it("reads all collections as of one moment, where the server has snapshots", async () => {
    server.clusterTime = new BSON.Timestamp({ t: Date.UTC(2026, 10, 22) / 1_000, i: 7 });
    const { consistency } = await create();
    expect(consistency).to.deep.equal({ snapshot: true, at: "2026-11-22T00:00:00.000Z" });
    const [first, ...rest] = finds();
    expect(first!.readConcern).to.deep.equal({ level: "snapshot" });
    expect(rest.map(({ find }) => find).sort()).to.deep.equal(["people", "things"]);
    for (const { readConcern } of rest) {
      expect(readConcern).to.deep.equal({ level: "snapshot", atClusterTime: server.clusterTime });
    }
  });

  it("says in the manifest why it is of no one moment, where the server has none", async () => {
    server.intercept = (_name, { readConcern }) =>
      readConcern ? { ok: 0, code: 123, errmsg: "node needs to be a replica set member" } : undefined;
    const { id } = await create();
    const { manifest } = await verifyBackup(store, id);
    expect(manifest.consistency).to.deep.equal({
      snapshot: false,
      because: "the server said: node needs to be a replica set member",
    });
  });

  it("begins anew without a snapshot, when that is too old in the middle", async () => {
    server.clusterTime = new BSON.Timestamp({ t: 1, i: 1 });
    let pages = 0;
    server.intercept = (name) =>
      name === "getMore" && ++pages === 2 ? { ok: 0, code: 239, errmsg: "too old" } : undefined;
    const { id } = await create();
    const { manifest } = await verifyBackup(store, id);
    expect(manifest.consistency).to.have.property("snapshot", false);
    expect(manifest.collections.map(({ data }) => data?.documents)).to.deep.equal([5_000, 5_000]);
  });

  it("refuses a time series", async () => {
    server.put("shop.weather", { type: "timeseries" });
    const error = await create().catch((error) => error);
    expect(error.message).to.contain("weather is a timeseries collection").and.contain("mongodump");
    expect(store.files.size).to.equal(0);
  });

  it("leaves out what is the server's own", async () => {
    server.put("shop.system.views", {});
    server.put("shop.system.js", {});
    const { collections } = await create();
    expect(collections.map(({ name }) => name)).to.deep.equal(["people", "system.js", "things"]);
  });

  it("is refused while a restore goes on, also when that began meanwhile", async () => {
    server.intercept = (name) => {
      if (name === "getMore") server.put("shop.restore_in_progress", {});
      return undefined;
    };
    const error = await create().catch((error) => error);
    expect(error.message).to.contain("The database shop is half restored");
    expect(store.files.size).to.equal(0);
  });

  it("writes the manifest last", async () => {
    const { id } = await create();
    expect([...store.files.keys()].at(-1)).to.equal(`${id}/manifest.json`);
    expect(store.files.size).to.equal(5);
  });

  it("tells the newest time of the documents, by their dates and ObjectIds", async () => {
    const at = (iso: string) => new Date(iso);
    const documents = [
      {
        _id: 1,
        updatedAt: at("2026-01-03T00:00:00Z"),
        createdAt: at("2026-01-02T00:00:00Z"),
        due: at("2030-01-01"),
      },
      { _id: BSON.ObjectId.createFromTime(Date.UTC(2026, 0, 4) / 1_000) },
      { _id: 2, updatedAt: "2029-01-01", nested: { updatedAt: at("2029-01-01T00:00:00Z") } },
    ].map((each) => Buffer.from(BSON.serialize(each)));
    server.put("shop.things", { documents });
    server.put("shop.people", { documents: [Buffer.from(BSON.serialize({ _id: 1 }))] });
    const { collections } = await create();
    expect(collections.map(({ data }) => data?.newest)).to.deep.equal([null, "2026-01-04T00:00:00.000Z"]);
  });
});

describeWith("AWS_ENDPOINT_URL", "Backing up to S3", () => {
  const server = new WireDatabase();
  const bucket = `backup-test-${randomUUID()}`;
  const client = new S3Client({ forcePathStyle: true });
  const LocationConstraint = "eu-west-1";

  /** Lets through what `s3:PutObject` allows: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions */
  const writeOnly = createServer((incoming, response) => {
    if (incoming.method !== "PUT" && incoming.method !== "POST") {
      response.writeHead(403).end("<Error><Code>AccessDenied</Code></Error>");
      return;
    }
    const target = new URL(incoming.url!, process.env.AWS_ENDPOINT_URL);
    const onward = request(target, { method: incoming.method, headers: incoming.headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(onward);
  });

  before(async () => {
    await server.start();
    writeOnly.listen(0, "127.0.0.1");
    await once(writeOnly, "listening");
    await client.send(
      new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint } }),
    );
  });
  after(async () => {
    const store = await openLocation(`s3://${bucket}`, process.env);
    for (const { path } of await store.list()) await store.remove(path);
    await client.send(new DeleteBucketCommand({ Bucket: bucket }));
    writeOnly.close();
    await server.stop();
  });

  it("needs no right but to write", async () => {
    const noise = Array.from({ length: 12 }, (_, _id) => ({
      _id,
      noise: new BSON.Binary(Buffer.alloc(1e6)),
    }));
    for (const { noise: each } of noise) crypto.getRandomValues(each.buffer.subarray(0, 65_536));
    server.put("shop.things", { documents: noise.map((each) => Buffer.from(BSON.serialize(each))) });
    const endpoint = `http://127.0.0.1:${(writeOnly.address() as AddressInfo).port}`;
    const writer = new S3Location(new S3Client({ forcePathStyle: true, endpoint }), bucket, "dumps/");
    const { id } = await createBackup({ database: server.open("shop"), location: writer, clock: Date.now });
    const { manifest } = await verifyBackup(await openLocation(`s3://${bucket}/dumps/`, process.env), id);
    expect(manifest.collections.map(({ data }) => data?.documents)).to.deep.equal([12]);
  });
});
