import { tlsFloor } from "../../service/platform/tls.ts";
import { createRequestLimits } from "../aws/request-limits.ts";
import { OperatorError } from "../cli/errors.ts";
import type { BackupLocation } from "./location.ts";

const bucketUrl = /^s3:\/\/([a-z0-9][a-z0-9.-]+)\/?(.*)$/;

/**
 * Opens a backup location.
 * @param address `s3://bucket/prefix`, or a folder
 * @throws {OperatorError} if an address that starts with `s3:` is invalid
 */
export async function openLocation(address: string): Promise<BackupLocation> {
  if (!address.startsWith("s3:")) {
    const { FolderLocation } = await import("./folder-location.ts");
    return new FolderLocation(address);
  }
  const [, bucket, prefix = ""] = bucketUrl.exec(address) ?? [];
  if (!bucket) {
    throw new OperatorError("s3-address-invalid", {
      what: `${address} is not a valid backup location.`,
      why: "An address in S3 contains the name of a bucket.",
      action: "Write it as s3://bucket/prefix.",
    });
  }
  const [{ S3Client }, { S3Location }] = await Promise.all([import("@aws-sdk/client-s3"), import("./s3-location.ts")]);
  const client = new S3Client({
    // Emulators do not resolve a host name per bucket.
    forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL),
    // The SDK's default of three attempts is too few for a dump that takes minutes.
    maxAttempts: 5,
    // A backup has checksums of its own, which `verify` and `restore` compare.
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: { ...createRequestLimits(60_000), httpsAgent: tlsFloor },
  });
  return new S3Location(client, bucket, prefix && `${prefix.replace(/\/$/, "")}/`);
}

/**
 * The location that an option names.
 * @param options the options that may name it
 * @throws {OperatorError} if none does
 */
export function requireLocation(address: string | undefined, options: string): string {
  if (address !== undefined) return address;
  throw new OperatorError("backup-location-missing", {
    what: "There is no backup location.",
    why: `The command needs ${options}.`,
    action: "Add one of them; a location is a folder or s3://bucket/prefix.",
  });
}
