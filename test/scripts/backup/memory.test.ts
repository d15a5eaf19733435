import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, DeleteBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { BSON } from "mongodb";
import { BackupProcesses } from "../../../bench/backup-process.ts";
import { openLocation } from "../../../scripts/backup/open-store.ts";
import { describeWith } from "../../support/real-services.ts";
import { WireDatabase } from "../../support/wire-database.ts";

/** The same few documents over and over, so that this process needs no memory for them. */
const repeated = (count: number, fields: () => object): Buffer[] => {
  const some = Array.from({ length: 64 }, (_, _id) => Buffer.from(BSON.serialize({ _id, ...fields() })));
  return Array.from({ length: count }, (_, i) => some[i % some.length]!);
};

describe("The memory of backups and restores", () => {
  const processes = new BackupProcesses();
  const server = new WireDatabase();
  const uri = (database: string) => server.uri.replace("/?", `/${database}?`);

  before(async () => {
    await Promise.all([processes.compile("external"), server.start()]);
    for (const name of ["a", "b"]) {
      const many = repeated(150_000, () => ({ createdAt: new Date(), text: "a few words", number: 7 }));
      // Noise, so that as many bytes are written as are read.
      const large = repeated(300, () => ({ noise: randomBytes(100_000) }));
      server.put(`many.${name}`, { documents: many });
      server.put(`large.${name}`, { documents: large });
    }
  });
  after(async () => {
    await Promise.all([processes.remove(), server.stop()]);
  });

  /** @param most what documents of this kind may take, in MB */
  async function expectLittle(place: string, database: string, most: number): Promise<void> {
    const created = await processes.measureMemory(["backup", "create", "--to", place, "--json"], {
      MONGODB_URI: uri(database),
    });
    expect(created.ended.code, created.ended.output).to.equal(0);
    const id = /"id": "(.*)"/.exec(created.ended.output)![1]!;
    const into = `${database}-from-${place.replaceAll(/\W/g, "")}`;
    const restored = await processes.measureMemory(
      ["restore", "--from", place, "--id", id, "--into", uri(into)],
      {},
    );
    expect(restored.ended.code, restored.ended.output).to.equal(0);
    expect(created.megabytes, `to back up ${database}`).to.be.within(1, most);
    expect(restored.megabytes, `to restore ${database}`).to.be.within(1, most);
    for (const namespace of server.collections.keys()) {
      if (namespace.startsWith(`${into}.`)) server.collections.delete(namespace);
    }
  }

  /** Large ones wait for the collector outside of the heap: up to 32 MiB, by what V8 is made to. */
  const expectLittleOfAll = (place: string) =>
    Promise.all([expectLittle(place, "many", 150), expectLittle(place, "large", 200)]);

  it("stays small with a folder, whether documents are many or large", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ecobeat-memory-"));
    await expectLittleOfAll(folder);
    await rm(folder, { recursive: true });
  });

  describeWith("AWS_ENDPOINT_URL", "with S3", () => {
    it("stays small, too", async () => {
      const bucket = `backup-test-${randomUUID()}`;
      const client = new S3Client({ forcePathStyle: true });
      const LocationConstraint = "eu-west-1";
      await client.send(
        new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint } }),
      );
      await expectLittleOfAll(`s3://${bucket}`);
      const store = await openLocation(`s3://${bucket}`, process.env);
      for (const { path } of await store.list()) await store.remove(path);
      await client.send(new DeleteBucketCommand({ Bucket: bucket }));
    });
  });
});
