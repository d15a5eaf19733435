import { tlsFloor } from "../../service/platform/tls.ts";
import { createRequestLimits } from "../aws/request-limits.ts";
import { BackupError } from "./errors.ts";
import type { BackupLocation } from "./location.ts";

const bucketUrl = /^s3:\/\/([a-z0-9][a-z0-9.-]+)\/?(.*)$/;

/**
 * Where backups are: `s3://bucket/prefix`, or else a folder.
 * @throws {BackupError} if an address that begins as one of S3 is none
 */
export async function openLocation(address: string, environment: NodeJS.ProcessEnv): Promise<BackupLocation> {
  if (!address.startsWith("s3:")) {
    const { FolderLocation } = await import("./folder-location.ts");
    return new FolderLocation(address);
  }
  const [, bucket, prefix = ""] = bucketUrl.exec(address) ?? [];
  if (!bucket) {
    throw new BackupError(`${address} is no address of a bucket. Write it as s3://bucket/prefix.`);
  }
  const [{ S3Client }, { S3Location }] = await Promise.all([
    import("@aws-sdk/client-s3"),
    import("./s3-location.ts"),
  ]);
  const client = new S3Client({
    // A bucket's own host name is more than an emulator has.
    forcePathStyle: Boolean(environment.AWS_ENDPOINT_URL),
    // A dump is worth a few tries more than the SDK makes by itself.
    maxAttempts: 5,
    // A backup carries sums of its own, and those are held against it.
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: {
      ...createRequestLimits(60_000),
      httpsAgent: tlsFloor,
    },
  });
  return new S3Location(client, bucket, prefix && `${prefix.replace(/\/$/, "")}/`);
}
