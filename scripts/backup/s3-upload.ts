import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";

/** The place of an object. */
interface Place {
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
export async function uploadParts(
  client: S3Client,
  place: Place,
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
    // Who may not do this leaves it to the bucket, which drops such parts after a day.
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => {});
    throw error;
  }
}
