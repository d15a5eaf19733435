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
import { OperatorError } from "../cli/errors.ts";
import type { BackupLocation, StoredFile, UnfinishedWrite } from "./location.ts";

/**
 * S3 takes up to 10,000 parts of at least 5 MiB: a collection can have 50 GB when compressed.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
 */
const partBytes = 5 * 1024 * 1024;

const ChecksumAlgorithm = "SHA256";

/**
 * Backups in a bucket. Writing needs `s3:PutObject`, and `s3:AbortMultipartUpload` to delete the parts of a failed upload. The
 * bucket decides how it encrypts objects.
 */
export class S3Location implements BackupLocation {
  readonly address: string;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  /** @param prefix of the keys of all objects: empty, or ending in a slash */
  constructor(client: S3Client, bucket: string, prefix: string) {
    this.#client = client;
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.address = `s3://${bucket}/${prefix}`;
  }

  async write(path: string, chunks: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void> {
    // An error of the source of the chunks is not about S3, and passes unchanged.
    const parts = toParts(chunks);
    const first = await parts.next();
    const Body = first.done ? Buffer.alloc(0) : first.value;
    if (Body.length >= partBytes) return this.#upload(path, Body, parts);
    await this.#client
      .send(new PutObjectCommand({ ...this.#object(path), Body, ChecksumAlgorithm }))
      .catch(this.#fail(path, "written"));
  }

  async *read(path: string): AsyncGenerator<Buffer> {
    try {
      const { Body } = await this.#client.send(new GetObjectCommand(this.#object(path)));
      for await (const chunk of Body as AsyncIterable<Uint8Array>) {
        yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      }
    } catch (error) {
      this.#fail(path, "read")(error);
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
      this.#fail(prefix, "listed")(error);
    }
    return files;
  }

  async remove(path: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand(this.#object(path))).catch(this.#fail(path, "removed"));
  }

  /** Multipart uploads: S3 keeps the parts, at a price, until the upload is completed or aborted. */
  async unfinishedWrites(): Promise<UnfinishedWrite[]> {
    const found: UnfinishedWrite[] = [];
    let page: ListMultipartUploadsCommandOutput | undefined;
    do {
      const command = new ListMultipartUploadsCommand({
        Bucket: this.#bucket,
        Prefix: this.#prefix,
        KeyMarker: page?.NextKeyMarker,
        UploadIdMarker: page?.NextUploadIdMarker,
      });
      page = await this.#client.send(command).catch(this.#fail("", "searched for unfinished uploads"));
      for (const { Key, UploadId } of page.Uploads ?? []) {
        const path = Key!.slice(this.#prefix.length);
        const abort = new AbortMultipartUploadCommand({ ...this.#object(path), UploadId });
        const discard = async () =>
          void (await this.#client.send(abort).catch(this.#fail(path, "cleared of uploaded parts")));
        found.push({ path, discard });
      }
    } while (page.IsTruncated);
    return found;
  }

  /**
   * Uploads an object in parts, one at a time: each part in progress needs its size in memory. S3 compares each part with its
   * SHA-256. The object does not exist before the upload is completed.
   *
   * @param first the first part, of at least 5 MiB like all but the last
   */
  async #upload(path: string, first: Buffer, rest: AsyncIterable<Buffer>): Promise<void> {
    const [object, fail] = [this.#object(path), this.#fail(path, "written")];
    const { UploadId } = await this.#client
      .send(new CreateMultipartUploadCommand({ ...object, ChecksumAlgorithm }))
      .catch(fail);
    const upload = { ...object, UploadId };
    const Parts: CompletedPart[] = [];
    const send = async (Body: Buffer) => {
      const PartNumber = Parts.length + 1;
      const { ETag, ChecksumSHA256 } = await this.#client
        .send(new UploadPartCommand({ ...upload, PartNumber, Body, ChecksumAlgorithm }))
        .catch(fail);
      Parts.push({ PartNumber, ETag, ChecksumSHA256 });
    };
    try {
      await send(first);
      for await (const part of rest) await send(part);
      await this.#client
        .send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }))
        .catch(fail);
    } catch (error) {
      // Without the permission, the lifecycle rule of the bucket deletes the parts after a day.
      await this.#client.send(new AbortMultipartUploadCommand(upload)).catch(() => {});
      throw error;
    }
  }

  #object(path: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + path };
  }

  #fail(path: string, done: string): (error: unknown) => never {
    return (error) => {
      const what = `${this.address}${path} was not ${done}.`;
      const { why, action } = explainAwsFailure("S3", error);
      throw new OperatorError("s3-request-failed", { what, why, action, cause: error });
    };
  }
}

/** Concatenates chunks to parts, all but the last of one size. Each part is overwritten when the next one is requested. */
async function* toParts(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Buffer> {
  const part = Buffer.allocUnsafe(partBytes);
  let used = 0;
  for await (const chunk of chunks) {
    for (let taken = 0; taken < chunk.length; ) {
      const copied = chunk.copy(part, used, taken);
      taken += copied;
      used += copied;
      if (used < partBytes) continue;
      yield part;
      used = 0;
    }
  }
  if (used > 0) yield part.subarray(0, used);
}
