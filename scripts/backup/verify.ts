import { OperatorError } from "../cli/errors.ts";
import { type Progress, silentProgress } from "../cli/progress.ts";
import { computeFileDigest, type FileDigest, FileHasher, findIntegrityErrors } from "./checksums.ts";
import { checkDocuments, type Dump, type DumpedCollection, decompress, splitDocuments } from "./dump-format.ts";
import { type BackupLocation, readAll } from "./location.ts";
import { type CollectionEntry, countDocuments, getCollectionPaths, type Manifest, readManifest } from "./manifest.ts";
import { type CollectionMetadata, parseMetadata } from "./metadata.ts";
import { toCanonicalJson } from "./ordered-bson.ts";

/**
 * Reads a backup completely and compares it with its manifest: the files, the digest of each, the structure and number of the
 * documents, the options and indexes.
 *
 * @throws {OperatorError} if it is damaged: the error names all integrity errors
 */
export async function verifyBackup(
  location: BackupLocation,
  id: string,
  progress: Progress = silentProgress,
): Promise<{ manifest: Manifest; dump: Dump }> {
  const manifest = await readManifest(location, id);
  const errors = findIntegrityErrors(manifest, await location.list(`${id}/`));
  const collections: DumpedCollection[] = [];
  progress.begin("verify", countDocuments(manifest), "documents");
  for (const entry of manifest.collections) {
    const paths = getCollectionPaths(manifest.database, entry.name);
    const [data, description] = [`${id}/${paths.data}`, `${id}/${paths.metadata}`];
    // A file that is missing or too long would only cause further errors.
    if (errors.some(({ path }) => path === data || path === description)) continue;
    try {
      const metadata = await verifyMetadata(await readAll(location, description), entry);
      if (entry.data) await verifyData(location.read(data), entry.data, progress);
      collections.push({
        metadata,
        ...(entry.data && { content: entry.data }),
        documents: () => splitDocuments(decompress(location.read(data))),
      });
      progress.finish(entry.name, entry.data?.documents ?? 0);
    } catch (error) {
      if (error instanceof OperatorError) throw error;
      errors.push({ path: `${id}/${entry.name}`, reason: (error as Error).message });
    }
  }
  if (errors.length > 0) {
    throw new OperatorError("backup-damaged", {
      what: `The backup ${id} is damaged.`,
      why: `It differs from its manifest:\n${errors.map(({ path, reason }) => `  ${path}: ${reason}\n`).join("")}`,
      action: "Use another backup: `backup list` shows all.",
    });
  }
  return { manifest, dump: { name: `backup ${id}`, collections } };
}

async function verifyMetadata(file: Buffer, entry: CollectionEntry): Promise<CollectionMetadata> {
  compare("the file with its options", computeFileDigest(file), entry.metadata);
  const metadata = parseMetadata(file);
  const same =
    metadata.name === entry.name &&
    metadata.type === entry.type &&
    metadata.indexes.map(toCanonicalJson).join("\n") === entry.indexes.join("\n");
  if (!same) throw new Error("its options differ from the manifest");
  return metadata;
}

async function verifyData(
  pieces: AsyncIterable<Buffer>,
  expected: NonNullable<CollectionEntry["data"]>,
  progress: Progress,
): Promise<void> {
  const [file, uncompressed] = [new FileHasher(), new FileHasher()];
  const bytes = uncompressed.through(decompress(file.through(pieces)));
  const { documents, digest } = await checkDocuments(bytes, progress);
  compare("the file with its documents", file.digest, expected);
  compare("its decompressed content", uncompressed.digest, expected.uncompressed);
  if (documents !== expected.documents) {
    throw new Error(`it holds ${documents} documents instead of ${expected.documents}`);
  }
  if (digest !== expected.digest) throw new Error("its documents differ from the manifest");
}

function compare(what: string, found: FileDigest, expected: FileDigest): void {
  if (found.bytes !== expected.bytes || found.sha256 !== expected.sha256) {
    throw new Error(`${what} has the SHA-256 ${found.sha256} instead of ${expected.sha256}`);
  }
}
