import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { findPrunable, newBackupId, pruneBackups } from "../../../scripts/backup/catalog.ts";
import { readAll } from "../../../scripts/backup/location.ts";
import { S3Location } from "../../../scripts/backup/s3-location.ts";
import { expectCode } from "../../support/errors.ts";
import { describeWith } from "../../support/real-services.ts";
import { createBucket, startS3Proxy, type TestBucket } from "./fixture.ts";

type Fault = (incoming: IncomingMessage, response: ServerResponse) => void;

const failure =
  (status: number, code: string): Fault =>
  (incoming, response) => {
    incoming.resume().once("end", () => {
      response.writeHead(status, { "content-type": "application/xml" });
      response.end(`<Error><Code>${code}</Code><Message>Try again</Message></Error>`);
    });
  };

const faults: Record<string, Fault> = {
  "the connection drops in the middle of it": (incoming) => {
    incoming.once("data", () => incoming.socket.resetAndDestroy());
  },
  "S3 does not respond in time": (incoming) => {
    incoming.resume();
  },
  "S3 fails": failure(500, "InternalError"),
  "S3 throttles": failure(503, "SlowDown"),
};

const day = 24 * 60 * 60 * 1_000;

describeWith("AWS_ENDPOINT_URL", "An upload in parts", () => {
  const file = randomBytes(17 * 1024 * 1024);
  /** Numbers of the uploaded parts, in order. */
  let parts: number[];
  let fault: (part: number) => Fault | undefined;
  let bucket: TestBucket;
  let proxy: Awaited<ReturnType<typeof startS3Proxy>>;

  before(async () => {
    bucket = await createBucket();
    proxy = await startS3Proxy((incoming, response) => {
      const part = Number(new URL(incoming.url!, "http://s3").searchParams.get("partNumber"));
      if (part === 0) return false;
      parts.push(part);
      const fail = fault(part);
      fail?.(incoming, response);
      return fail !== undefined;
    });
  });
  beforeEach(() => {
    parts = [];
    fault = () => undefined;
  });
  after(async () => {
    await bucket.remove();
    proxy.close();
  });

  const write = (path: string) => {
    const requestHandler = { requestTimeout: 3_000, throwOnRequestTimeout: true };
    const { endpoint } = proxy;
    const client = new S3Client({ forcePathStyle: true, endpoint, maxAttempts: 5, requestHandler });
    return new S3Location(client, bucket.bucket, "").write(path, [file]);
  };

  for (const [title, fail] of Object.entries(faults)) {
    it(`sends only the failed part again, and continues, if ${title}`, async () => {
      const failOnce = new Set([3]);
      fault = (part) => (failOnce.delete(part) ? fail : undefined);
      await write("file");
      expect(parts).to.deep.equal([1, 2, 3, 3, 4]);
      expect((await readAll(bucket.location, "file")).equals(file)).to.equal(true);
    });
  }

  it("fails if a part fails repeatedly: no object, no parts, and the reason", async () => {
    fault = (part) => (part === 3 ? faults["S3 fails"] : undefined);
    const { message } = await expectCode("s3-request-failed", () => write("never"));
    expect(message).to.contain(`s3://${bucket.bucket}/never`).and.contain("InternalError");
    expect(parts).to.deep.equal([1, 2, 3, 3, 3, 3, 3]);
    expect(await bucket.location.list("never")).to.deep.equal([]);
    expect(await bucket.uploads()).to.deep.equal([]);
  });

  it("leaves parts if the process is killed, which prune deletes after a day, and not before", async () => {
    const now = Date.now();
    const [old, young] = [newBackupId(now - 2 * day), newBackupId(now)];
    for (const id of [old, young]) {
      // After SIGKILL, no process aborts the upload.
      const dying = new S3Client({ forcePathStyle: true, maxAttempts: 1 });
      dying.middlewareStack.add(
        (next, { commandName }) =>
          commandName === "UploadPartCommand" || commandName === "AbortMultipartUploadCommand"
            ? () => Promise.reject(new Error("killed"))
            : next,
        { step: "initialize" },
      );
      await new S3Location(dying, bucket.bucket, "dumps/").write(`${id}/shop/users.bson.gz`, [file]).catch(() => {});
    }
    const location = new S3Location(bucket.client, bucket.bucket, "dumps/");
    expect(await bucket.uploads()).to.have.length(2);
    const planned = await findPrunable({ location, keepDays: 30, now });
    expect(planned.unfinishedWrites.map(({ path }) => path)).to.deep.equal([`${old}/shop/users.bson.gz`]);
    expect(await bucket.uploads()).to.have.length(2);
    await pruneBackups(location, planned);
    expect((await bucket.uploads()).map(({ Key }) => Key)).to.deep.equal([`dumps/${young}/shop/users.bson.gz`]);
    for (const { discard } of await location.unfinishedWrites()) await discard();
    expect(await bucket.uploads()).to.deep.equal([]);
  });
});
