import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { FolderLocation } from "../../../scripts/backup/folder-location.ts";
import { type BackupLocation, readAll } from "../../../scripts/backup/location.ts";
import { S3Location } from "../../../scripts/backup/s3-location.ts";
import { describeWith } from "../../support/real-services.ts";

const source = async function* (...pieces: (Buffer | Error)[]) {
  for (const piece of pieces) {
    if (piece instanceof Error) throw piece;
    yield piece;
  }
};

function storeTests(open: () => Promise<{ store: BackupLocation; remove(): Promise<void> }>): void {
  let store: BackupLocation;
  let remove: () => Promise<void>;
  before(async () => {
    ({ store, remove } = await open());
  });
  after(() => remove());

  const paths = async (prefix?: string) => (await store.list(prefix)).map(({ path }) => path).sort();

  it("gives files back as they were written, also empty and large ones", async () => {
    const large = Buffer.alloc(20 * 1024 * 1024 + 1, "0123456789abc");
    const files = { empty: Buffer.alloc(0), small: Buffer.from("small"), large };
    for (const [name, file] of Object.entries(files)) {
      await store.write(`a/b/${name}`, source(file.subarray(0, 9_000_001), file.subarray(9_000_001)));
      expect((await readAll(store, `a/b/${name}`)).equals(file), name).to.equal(true);
    }
    expect(await store.list("a/")).to.have.deep.members(
      Object.entries(files).map(([name, { length }]) => ({ path: `a/b/${name}`, bytes: length })),
    );
  });

  it("writes nothing when the source fails, and passes its error on", async () => {
    const failure = new Error("the source broke");
    for (const size of [5, 9 * 1024 * 1024]) {
      const error = await store.write("c/d", source(Buffer.alloc(size), failure)).catch((error) => error);
      expect(error).to.equal(failure);
    }
    expect(await paths("c/")).to.deep.equal([]);
  });

  it("lists by prefix, and removes", async () => {
    await store.write("x/1", [Buffer.from("1")]);
    await store.write("xy/2", [Buffer.from("2")]);
    expect(await paths("x/")).to.deep.equal(["x/1"]);
    await store.remove("x/1");
    await store.remove("x/1");
    expect(await paths("x")).to.deep.equal(["xy/2"]);
    expect(await paths("none/")).to.deep.equal([]);
  });

  it("says that a file is not there", async () => {
    const error = await readAll(store, "no/such").catch((error) => error);
    expect(error).to.have.property("name", "BackupError");
    expect(error.message).to.contain("no/such was not read");
  });
}

describe("A store of backups in a folder", () => {
  storeTests(async () => {
    const folder = await mkdtemp(join(tmpdir(), "ecobeat-store-"));
    return { store: new FolderLocation(folder), remove: () => rm(folder, { recursive: true }) };
  });

  it("removes folders that are empty", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ecobeat-store-"));
    const store = new FolderLocation(folder);
    await store.write("a/b/c", []);
    await store.write("a/d", []);
    await store.remove("a/b/c");
    expect(await readdir(join(folder, "a"))).to.deep.equal(["d"]);
    await store.remove("a/d");
    expect(await readdir(folder)).to.deep.equal([]);
    await rm(folder, { recursive: true });
  });

  it("says what is wrong with the place, and what to do", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ecobeat-store-"));
    await writeFile(join(folder, "file"), "");
    const error = await new FolderLocation(join(folder, "file")).write("a/b", []).catch((error) => error);
    expect(error.message).to.contain("was not written: a part of the path is a file. Correct the path.");
    const missing = await new FolderLocation(join(folder, "none")).list().catch((error) => error);
    expect(missing.message).to.contain("there is no such file or folder");
    await rm(folder, { recursive: true });
  });
});

describeWith("AWS_ENDPOINT_URL", "A store of backups in S3", () => {
  const client = new S3Client({ forcePathStyle: true, responseChecksumValidation: "WHEN_REQUIRED" });
  const bucket = `backup-test-${randomUUID()}`;
  const prefix = "dumps/";

  storeTests(async () => {
    await client.send(
      new CreateBucketCommand({
        Bucket: bucket,
        CreateBucketConfiguration: { LocationConstraint: "eu-west-1" },
      }),
    );
    const store = new S3Location(client, bucket, prefix);
    const remove = async () => {
      for (const { path } of await store.list()) await store.remove(path);
      await client.send(new DeleteBucketCommand({ Bucket: bucket }));
    };
    return { store, remove };
  });

  it("has S3 keep a SHA-256 of small and large objects", async () => {
    const store = new S3Location(client, bucket, prefix);
    await store.write("sums/small", [Buffer.from("small")]);
    const { ChecksumSHA256 } = await client.send(
      new HeadObjectCommand({ Bucket: bucket, Key: `${prefix}sums/small`, ChecksumMode: "ENABLED" }),
    );
    expect(ChecksumSHA256).to.be.a("string");
  });

  it("leaves no parts behind when the source fails", async () => {
    const store = new S3Location(client, bucket, prefix);
    await store.write("parts", source(Buffer.alloc(9 * 1024 * 1024), new Error("broke"))).catch(() => {});
    const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    expect(Uploads).to.equal(undefined);
  });

  it("says that there is no such bucket", async () => {
    const store = new S3Location(client, `${bucket}-none`, "");
    const error = await store.write("a", []).catch((error) => error);
    expect(error.message).to.contain(
      `s3://${bucket}-none/a was not written. AWS refused the call: NoSuchBucket`,
    );
  });

  it("says that nobody answers", async () => {
    const nobody = new S3Client({ forcePathStyle: true, endpoint: "http://127.0.0.1:9", maxAttempts: 1 });
    const error = await new S3Location(nobody, bucket, "").list().catch((error) => error);
    expect(error.message).to.contain("was not listed. S3 does not respond");
  });
});
