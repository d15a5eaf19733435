import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { ConfigurationError } from "../../service/config.ts";
import { functionArchitecture } from "../../stacks/environments.ts";
import { cleanCommit } from "./checkout.ts";

/** An archive that Lambda runs. */
export interface ReleaseArchive {
  readonly bytes: Uint8Array;
  /** Base64 of its SHA-256 sum, as Lambda's `CodeSha256` has it. */
  readonly sha256: string;
  /** The commit that it was built from. @default not known here */
  readonly commit?: string;
}

/** @returns base64 of the SHA-256 sum */
export const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("base64");

/**
 * Builds the archive of this checkout.
 * @throws {ConfigurationError} if it differs from its commit
 */
export async function buildArchive(): Promise<ReleaseArchive> {
  const { buildLambdaArchive, repositoryRoot } = await import("../build/archive.ts");
  const commit = await cleanCommit(repositoryRoot);
  const { path } = await buildLambdaArchive(functionArchitecture);
  return { ...(await readArchive(path)), commit };
}

/** @throws {ConfigurationError} if there is no archive at the path */
export async function readArchive(path: string): Promise<ReleaseArchive> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new ConfigurationError(
      `Nothing was released: ${path} cannot be read (${cause.code}). Build an archive with \`npm run bundle\`, or correct the path.`,
      { cause },
    );
  });
  // A ZIP file's first bytes: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.7
  if (bytes.readUInt32LE(0) !== 0x04034b50) {
    throw new ConfigurationError(
      `Nothing was released: ${path} is no ZIP archive. Name one that \`npm run bundle\` has built.`,
    );
  }
  return { bytes, sha256: sha256Of(bytes) };
}
