import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { CreateBucketCommand, DeleteBucketCommand, ListMultipartUploadsCommand, S3Client } from "@aws-sdk/client-s3";
import { BSON, type Db } from "mongodb";
import { createBackup } from "../../../scripts/backup/create-backup.ts";
import type { Dump } from "../../../scripts/backup/dump-format.ts";
import { FolderLocation } from "../../../scripts/backup/folder-location.ts";
import type { BackupLocation, StoredFile, UnfinishedWrite } from "../../../scripts/backup/location.ts";
import { openLocation } from "../../../scripts/backup/open-location.ts";
import { verifyBackup } from "../../../scripts/backup/verify.ts";
import { DatabaseUser } from "../../support/database-user.ts";
import { listenHttp } from "../../support/listen.ts";
import { describeWith } from "../../support/real-services.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { WireDatabase } from "../../support/wire-database.ts";

export const toBson = (...documents: object[]): Buffer[] =>
  documents.map((document) => Buffer.from(BSON.serialize(document)));

/** Documents with consecutive numbers as `_id`. */
export const createDocuments = (count: number, getFields = (_serial: number): object => ({})): Buffer[] =>
  toBson(...Array.from({ length: count }, (_, _id) => ({ _id, ...getFields(_id) })));

/** A server for a suite. It is empty and without interceptions before each test. */
export function useWireDatabase(): WireDatabase {
  const server = new WireDatabase();
  before(() => server.start());
  beforeEach(() => {
    server.collections.clear();
    server.commands.length = 0;
    server.clusterTime = undefined;
    server.dataSize = undefined;
    server.intercept = () => undefined;
    server.user = new DatabaseUser();
  });
  after(() => server.stop());
  return server;
}

/** A location whose files a test can change. */
export class MemoryLocation implements BackupLocation {
  readonly address = "memory";
  files = new Map<string, Buffer>();
  unfinished: UnfinishedWrite[] = [];

  async write(path: string, chunks: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void> {
    const all: Buffer[] = [];
    for await (const chunk of chunks) all.push(Buffer.from(chunk));
    this.files.set(path, Buffer.concat(all));
  }

  async *read(path: string): AsyncGenerator<Buffer> {
    yield this.files.get(path)!;
  }

  async list(prefix = ""): Promise<StoredFile[]> {
    return [...this.files]
      .filter(([path]) => path.startsWith(prefix))
      .map(([path, { length }]) => ({ path, bytes: length }));
  }

  async remove(path: string): Promise<void> {
    this.files.delete(path);
  }

  async unfinishedWrites(): Promise<UnfinishedWrite[]> {
    return this.unfinished;
  }
}

/** A verified dump of a database as it is now. */
export async function createDump(database: Db, location: BackupLocation = new MemoryLocation()): Promise<Dump> {
  const { id } = await createBackup({ database, location, clock: Date.now });
  return (await verifyBackup(location, id)).dump;
}

/** A bucket on the AWS emulator. */
export async function createBucket(bucket = `backup-test-${randomUUID()}`) {
  const client = new S3Client({ forcePathStyle: true, responseChecksumValidation: "WHEN_REQUIRED" });
  const CreateBucketConfiguration = { LocationConstraint: "eu-west-1" } as const;
  await client.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration }));
  const address = `s3://${bucket}`;
  const location = await openLocation(address);
  return {
    client,
    bucket,
    address,
    location,
    uploads: async () => (await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? [],
    async remove() {
      for (const { path } of await location.list()) await location.remove(path);
      for (const { discard } of await location.unfinishedWrites()) await discard();
      await client.send(new DeleteBucketCommand({ Bucket: bucket }));
    },
  };
}

/** Runs a suite with a new folder and with a new bucket as the location of each test. */
export function describeLocations(body: (getLocation: () => BackupLocation) => void): void {
  describe("in a folder", () => {
    const folder = useTemporaryFolder();
    body(() => new FolderLocation(folder()));
  });
  describeWith("AWS_ENDPOINT_URL", "in S3", () => {
    let bucket: TestBucket;
    beforeEach(async () => {
      bucket = await createBucket();
    });
    afterEach(() => bucket.remove());
    body(() => bucket.location);
  });
}

export type TestBucket = Awaited<ReturnType<typeof createBucket>>;

/**
 * A proxy in front of the AWS emulator.
 * @param intercept responds to a request itself, or returns false
 */
export async function startS3Proxy(intercept: (incoming: IncomingMessage, response: ServerResponse) => boolean) {
  const proxy = createServer((incoming, response) => {
    if (intercept(incoming, response)) return;
    const target = new URL(incoming.url!, process.env.AWS_ENDPOINT_URL);
    const onward = request(target, { method: incoming.method, headers: incoming.headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(onward);
  });
  return {
    endpoint: await listenHttp(proxy),
    close() {
      proxy.close();
      proxy.closeAllConnections();
    },
  };
}
