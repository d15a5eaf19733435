import { readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CreateMultipartUploadCommand, HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { FolderLocation } from "../../../scripts/backup/folder-location.ts";
import { type BackupLocation, readAll } from "../../../scripts/backup/location.ts";
import { S3Location } from "../../../scripts/backup/s3-location.ts";
import { expectCode } from "../../support/errors.ts";
import { startPagingAws } from "../../support/paging-aws.ts";
import { describeWith } from "../../support/real-services.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { createBucket, describeLocations, type TestBucket } from "./fixture.ts";

const source = async function* (...chunks: (Buffer | Error)[]) {
  for (const chunk of chunks) {
    if (chunk instanceof Error) throw chunk;
    yield chunk;
  }
};

describe("A backup location", () => {
  describeLocations((getLocation) => {
    let location: BackupLocation;
    beforeEach(() => {
      location = getLocation();
    });
    const paths = async (prefix?: string) => (await location.list(prefix)).map(({ path }) => path).sort();

    it("returns files unchanged, including empty and large ones", async () => {
      const large = Buffer.alloc(20 * 1024 * 1024 + 1, "0123456789abc");
      const files = { empty: Buffer.alloc(0), small: Buffer.from("small"), large };
      for (const [name, file] of Object.entries(files)) {
        await location.write(`a/b/${name}`, source(file.subarray(0, 9_000_001), file.subarray(9_000_001)));
        expect((await readAll(location, `a/b/${name}`)).equals(file), name).to.equal(true);
      }
      expect(await location.list("a/")).to.have.deep.members(
        Object.entries(files).map(([name, { length }]) => ({ path: `a/b/${name}`, bytes: length })),
      );
    });

    it("writes nothing if the source fails, and passes its error on", async () => {
      const failure = new Error("the source broke");
      for (const size of [5, 9 * 1024 * 1024]) {
        const error = await location.write("c/d", source(Buffer.alloc(size), failure)).catch((error) => error);
        expect(error).to.equal(failure);
      }
      expect(await paths("c/")).to.deep.equal([]);
    });

    it("lists by prefix, and removes", async () => {
      await location.write("x/1", [Buffer.from("1")]);
      await location.write("xy/2", [Buffer.from("2")]);
      expect(await paths("x/")).to.deep.equal(["x/1"]);
      await location.remove("x/1");
      await location.remove("x/1");
      expect(await paths("x")).to.deep.equal(["xy/2"]);
      expect(await paths("none/")).to.deep.equal([]);
    });

    it("fails to read a file that does not exist", async () => {
      const error = await readAll(location, "no/such").catch((error) => error);
      expect(error.code).to.be.oneOf(["backup-file-failed", "s3-request-failed"]);
      expect(error.message).to.contain("no/such");
    });
  });
});

describe("A backup location in a folder", () => {
  const folder = useTemporaryFolder();

  it("is listed without a file that is gone since the folder was read, as another backup renames its own", async () => {
    const location = new FolderLocation(folder());
    await location.write("x/1", [Buffer.from("1")]);
    // Like a file that is gone: it has a name, and nothing is there.
    await symlink(join(folder(), "none"), join(folder(), "x", "renamed"));
    for (const prefix of ["", "x/"]) expect(await location.list(prefix)).to.deep.equal([{ path: "x/1", bytes: 1 }]);
    await symlink("loop", join(folder(), "x", "loop"));
    await expectCode("backup-file-failed", () => location.list());
  });

  it("deletes empty folders", async () => {
    const location = new FolderLocation(folder());
    await location.write("a/b/c", []);
    await location.write("a/d", []);
    await location.remove("a/b/c");
    expect(await readdir(join(folder(), "a"))).to.deep.equal(["d"]);
    await location.remove("a/d");
    expect(await readdir(folder())).to.deep.equal([]);
  });

  it("explains why the path is unusable", async () => {
    await writeFile(join(folder(), "file"), "");
    const isFile = new FolderLocation(join(folder(), "file"));
    const { message } = await expectCode("backup-file-failed", () => isFile.write("a/b", []));
    expect(message).to.contain("A part of the path is a file.");
    const missing = new FolderLocation(join(folder(), "none"));
    expect((await expectCode("backup-file-failed", () => missing.list())).message).to.contain("no such file");
  });
});

describeWith("AWS_ENDPOINT_URL", "A backup location in S3", () => {
  const prefix = "dumps/";
  let bucket: TestBucket;
  let location: S3Location;

  before(async () => {
    bucket = await createBucket();
    location = new S3Location(bucket.client, bucket.bucket, prefix);
  });
  after(() => bucket.remove());

  it("stores a SHA-256 of each object", async () => {
    await location.write("small", [Buffer.from("small")]);
    const { ChecksumSHA256 } = await bucket.client.send(
      new HeadObjectCommand({ Bucket: bucket.bucket, Key: `${prefix}small`, ChecksumMode: "ENABLED" }),
    );
    expect(ChecksumSHA256).to.be.a("string");
  });

  it("leaves no parts if the source fails", async () => {
    const failing = source(Buffer.alloc(9 * 1024 * 1024), new Error("broke"));
    await location.write("parts", failing).catch(() => {});
    expect(await bucket.uploads()).to.deep.equal([]);
  });

  it("lists all objects and unfinished uploads, whose pages may be empty", async () => {
    const paging = await startPagingAws();
    const client = new S3Client({ forcePathStyle: true, endpoint: paging.url });
    const paged = new S3Location(client, bucket.bucket, `${prefix}pages/`);
    const paths = ["1", "2", "3"];
    for (const path of paths) {
      await paged.write(path, [Buffer.from(path)]);
      await client.send(new CreateMultipartUploadCommand({ Bucket: bucket.bucket, Key: `${prefix}pages/${path}` }));
    }
    expect(await paged.list()).to.deep.equal(paths.map((path) => ({ path, bytes: 1 })));
    const unfinished = await paged.unfinishedWrites();
    for (const { discard } of unfinished) await discard();
    paging.stop();
    expect(unfinished.map(({ path }) => path)).to.have.members(paths);
    expect(await bucket.uploads()).to.deep.equal([]);
  });

  it("reports a missing bucket", async () => {
    const missing = new S3Location(bucket.client, `${bucket.bucket}-none`, "");
    const { message } = await expectCode("s3-request-failed", () => missing.write("a", []));
    expect(message).to.contain(`s3://${bucket.bucket}-none/a`).and.contain("NoSuchBucket");
  });

  it("reports an endpoint that does not respond", async () => {
    const client = new S3Client({ forcePathStyle: true, endpoint: "http://127.0.0.1:9", maxAttempts: 1 });
    await expectCode("s3-request-failed", () => new S3Location(client, "bucket", "").list());
  });
});
