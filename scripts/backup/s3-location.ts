import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { explainAwsFailure } from "../aws/explain-failure.ts";
import { BackupError } from "./errors.ts";
import type { BackupLocation, StoredFile, UnfinishedWrite } from "./location.ts";

/**
 * S3 takes parts from 5 MiB on, 10,000 of them: a collection may be 50 GB when compressed.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
 */
const partBytes = 5 * 1024 * 1024;

/**
 * Backups in a bucket. Who only writes needs `s3:PutObject`, and `s3:AbortMultipartUpload` to leave nothing behind when a write
 * fails; how objects are encrypted is left to the bucket.
 */
export class S3Location implements BackupLocation {
  readonly address: string;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  /** @param prefix what the names of all objects begin with: empty, or ending in a slash */
  constructor(client: S3Client, bucket: string, prefix: string) {
    this.#client = client;
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.address = `s3://${bucket}/${prefix}`;
  }

  async write(path: string, pieces: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void> {
    const object = this.#object(path);
    // What the source of the pieces throws is not about S3, and comes out as it is.
    const parts = toParts(pieces);
    const first = await parts.next();
    const body = first.done ? Buffer.alloc(0) : first.value;
    if (body.length >= partBytes) {
      return uploadParts(this.#client, object, body, parts, this.#explain(path, "written"));
    }
    await this.#client
      .send(new PutObjectCommand({ ...object, Body: body, ChecksumAlgorithm: "SHA256" }))
      .catch(this.#explain(path, "written"));
  }

  async *read(path: string): AsyncGenerator<Buffer> {
    try {
      const { Body } = await this.#client.send(new GetObjectCommand(this.#object(path)));
      for await (const piece of Body as AsyncIterable<Uint8Array>) {
        yield Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
      }
    } catch (error) {
      this.#explain(path, "read")(error);
    }
  }

  async list(prefix = ""): Promise<StoredFile[]> {
    const files: StoredFile[] = [];
    const query = { Bucket: this.#bucket, Prefix: this.#prefix + prefix };
    try {
      for await (const { Contents = [] } of paginateListObjectsV2({ client: this.#client }, query)) {
        for (const { Key, Size } of Contents) {
          files.push({ path: Key!.slice(this.#prefix.length), bytes: Size! });
        }
      }
    } catch (error) {
      this.#explain(prefix, "listed")(error);
    }
    return files;
  }

  async remove(path: string): Promise<void> {
    await this.#client
      .send(new DeleteObjectCommand(this.#object(path)))
      .catch(this.#explain(path, "removed"));
  }

  /** Uploads in parts: S3 keeps the parts, at a price, until the upload is completed or aborted. */
  async unfinishedWrites(): Promise<UnfinishedWrite[]> {
    const found: UnfinishedWrite[] = [];
    let page: ListMultipartUploadsCommandOutput | undefined;
    do {
      page = await this.#client
        .send(
          new ListMultipartUploadsCommand({
            Bucket: this.#bucket,
            Prefix: this.#prefix,
            KeyMarker: page?.NextKeyMarker,
            UploadIdMarker: page?.NextUploadIdMarker,
          }),
        )
        .catch(this.#explain("", "searched for uploads that did not end"));
      for (const { Key, UploadId } of page.Uploads ?? []) {
        const path = Key!.slice(this.#prefix.length);
        const upload = { ...this.#object(path), UploadId };
        found.push({
          path,
          discard: async () => {
            await this.#client
              .send(new AbortMultipartUploadCommand(upload))
              .catch(this.#explain(path, "cleared of the parts of an upload"));
          },
        });
      }
    } while (page.IsTruncated);
    return found;
  }

  #object(path: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + path };
  }

  readonly #explain =
    (path: string, done: string) =>
    (error: unknown): never => {
      const { why, action } = explainAwsFailure("S3", error);
      throw new BackupError(`${this.address}${path} was not ${done}. ${why} ${action}`, { cause: error });
    };
}

/** Pieces put together to parts, all but the last of one size. A part is overwritten when the next one is asked for. */
async function* toParts(pieces: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Buffer> {
  const part = Buffer.allocUnsafe(partBytes);
  let used = 0;
  for await (const piece of pieces) {
    for (let taken = 0; taken < piece.length; ) {
      const copied = piece.copy(part, used, taken);
      taken += copied;
      used += copied;
      if (used < partBytes) continue;
      yield part;
      used = 0;
    }
  }
  if (used > 0) yield part.subarray(0, used);
}

/** The place of an object. */
interface ObjectKey {
  readonly Bucket: string;
  readonly Key: string;
}

/**
 * Uploads an object in parts, one at a time: each that waits costs its size in memory. S3 holds each against its SHA-256, and
 * the object is not there before the last one is.
 *
 * @param first the first part, of at least 5 MiB as all but the last
 * @param failed makes an error for people of one of S3
 */
async function uploadParts(
  client: S3Client,
  place: ObjectKey,
  first: Buffer,
  rest: AsyncIterable<Buffer>,
  failed: (error: unknown) => never,
): Promise<void> {
  const { UploadId } = await client
    .send(new CreateMultipartUploadCommand({ ...place, ChecksumAlgorithm: "SHA256" }))
    .catch(failed);
  const upload = { ...place, UploadId };
  const parts: CompletedPart[] = [];
  const send = async (Body: Buffer) => {
    const PartNumber = parts.length + 1;
    const part = new UploadPartCommand({ ...upload, PartNumber, Body, ChecksumAlgorithm: "SHA256" });
    const { ETag, ChecksumSHA256 } = await client.send(part).catch(failed);
    parts.push({ PartNumber, ETag, ChecksumSHA256 });
  };
  try {
    await send(first);
    for await (const part of rest) await send(part);
    await client
      .send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } }))
      .catch(failed);
  } catch (error) {
    // Without the permission, it is left to the bucket, which drops such parts after a day.
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => {});
    throw error;
  }
}
