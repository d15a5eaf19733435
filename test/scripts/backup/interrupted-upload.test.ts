import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  ListMultipartUploadsCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { newBackupId, pruneBackups } from "../../../scripts/backup/catalog.ts";
import { readAll } from "../../../scripts/backup/location.ts";
import { S3Location } from "../../../scripts/backup/s3-location.ts";
import { describeWith } from "../../support/real-services.ts";

/** What happens to a part on its way. */
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
  "nobody answers in time": (incoming) => {
    incoming.resume();
  },
  "S3 fails": failure(500, "InternalError"),
  "S3 wants less": failure(503, "SlowDown"),
};

const day = 24 * 60 * 60 * 1_000;

describeWith("AWS_ENDPOINT_URL", "An upload in parts", () => {
  const bucket = `backup-test-${randomUUID()}`;
  const direct = new S3Client({ forcePathStyle: true, responseChecksumValidation: "WHEN_REQUIRED" });
  const file = randomBytes(17 * 1024 * 1024);
  /** Numbers of the parts, as they came. */
  let parts: number[];
  let fault: (part: number) => Fault | undefined;
  let through: S3Client;

  const proxy = createServer((incoming, response) => {
    const target = new URL(incoming.url!, process.env.AWS_ENDPOINT_URL);
    const part = Number(target.searchParams.get("partNumber"));
    if (part > 0) parts.push(part);
    const failing = part > 0 && fault(part);
    if (failing) return failing(incoming, response);
    const onward = request(target, { method: incoming.method, headers: incoming.headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(onward);
  });

  before(async () => {
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const endpoint = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const requestHandler = { requestTimeout: 3_000, throwOnRequestTimeout: true };
    through = new S3Client({ forcePathStyle: true, endpoint, maxAttempts: 5, requestHandler });
    const LocationConstraint = "eu-west-1";
    await direct.send(
      new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint } }),
    );
  });
  beforeEach(() => {
    parts = [];
    fault = () => undefined;
  });
  after(async () => {
    const store = new S3Location(direct, bucket, "");
    for (const { path } of await store.list()) await store.remove(path);
    await direct.send(new DeleteBucketCommand({ Bucket: bucket }));
    proxy.close();
    proxy.closeAllConnections();
  });

  const write = (path: string) => new S3Location(through, bucket, "").write(path, [file]);
  const uploads = async () =>
    (await direct.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? [];

  for (const [title, fail] of Object.entries(faults)) {
    it(`sends again only the part that failed, and goes on, when ${title}`, async () => {
      const failOnce = new Set([3]);
      fault = (part) => (failOnce.delete(part) ? fail : undefined);
      await write("file");
      expect(parts).to.deep.equal([1, 2, 3, 3, 4]);
      expect((await readAll(new S3Location(direct, bucket, ""), "file")).equals(file)).to.equal(true);
    });
  }

  it("fails when a part fails again and again: no object, no parts, and the reason", async () => {
    fault = (part) => (part === 3 ? faults["S3 fails"] : undefined);
    const error = await write("never").catch((error) => error);
    expect(error).to.have.property("name", "BackupError");
    expect(error.message).to.contain(
      `s3://${bucket}/never was not written. AWS refused the call: InternalError`,
    );
    expect(parts).to.deep.equal([1, 2, 3, 3, 3, 3, 3]);
    expect(await new S3Location(direct, bucket, "").list("never")).to.deep.equal([]);
    expect(await uploads()).to.deep.equal([]);
  });

  it("that died leaves parts, which prune removes after a day, and no earlier", async () => {
    const now = Date.now();
    const [old, young] = [newBackupId(now - 2 * day), newBackupId(now)];
    for (const id of [old, young]) {
      // Nobody is left to abort it, as after SIGKILL.
      const dying = new S3Client({ forcePathStyle: true, maxAttempts: 1 });
      dying.middlewareStack.add(
        (next, { commandName }) =>
          commandName === "UploadPartCommand" || commandName === "AbortMultipartUploadCommand"
            ? () => Promise.reject(new Error("killed"))
            : next,
        { step: "initialize" },
      );
      await new S3Location(dying, bucket, "dumps/").write(`${id}/shop/users.bson.gz`, [file]).catch(() => {});
    }
    const store = new S3Location(direct, bucket, "dumps/");
    expect(await uploads()).to.have.length(2);
    const rehearsed = await pruneBackups({ location: store, keepDays: 30, now, dryRun: true });
    expect(rehearsed.unfinishedWrites).to.deep.equal([`${old}/shop/users.bson.gz`]);
    expect(await uploads()).to.have.length(2);
    await pruneBackups({ location: store, keepDays: 30, now });
    expect((await uploads()).map(({ Key }) => Key)).to.deep.equal([`dumps/${young}/shop/users.bson.gz`]);
    for (const { discard } of await store.unfinishedWrites()) await discard();
    expect(await uploads()).to.deep.equal([]);
  });
});
