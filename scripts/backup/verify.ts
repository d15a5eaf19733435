import {
  computeFileDigest,
  type FileDigest,
  FileHasher,
  findIntegrityErrors,
  type IntegrityError,
} from "./checksums.ts";
import { checkDocuments, type Dump, type DumpedCollection, decompress, splitDocuments } from "./dump.ts";
import { BackupError } from "./errors.ts";
import { type BackupLocation, readAll } from "./location.ts";
import {
  type CollectionEntry,
  countDocuments,
  getCollectionPaths,
  type Manifest,
  readManifest,
} from "./manifest.ts";
import { type CollectionMetadata, parseMetadata } from "./metadata.ts";
import { toCanonicalJson } from "./ordered-bson.ts";
import { type Progress, silentProgress } from "./progress.ts";

/** A backup that was found to be as it was written. */
export interface VerifiedBackup {
  readonly manifest: Manifest;
  readonly dump: Dump;
}

/**
 * Reads a whole backup and holds it against its manifest: which files there are, the digest of each, the structure and the count
 * of the documents, the options and indexes.
 *
 * @throws {BackupError} that names each fault
 */
export async function verifyBackup(
  store: BackupLocation,
  id: string,
  progress: Progress = silentProgress,
): Promise<VerifiedBackup> {
  const manifest = await readManifest(store, id);
  const errors = findIntegrityErrors(manifest, await store.list(`${id}/`));
  const collections: DumpedCollection[] = [];
  progress.begin("verify", countDocuments(manifest));
  for (const entry of manifest.collections) {
    const paths = getCollectionPaths(manifest.database, entry.name);
    const [data, description] = [`${id}/${paths.data}`, `${id}/${paths.metadata}`];
    // One more fault of a file that is missing or too long tells nothing.
    if (errors.some(({ path }) => path === data || path === description)) continue;
    try {
      const metadata = await verifyMetadata(await readAll(store, description), entry);
      if (entry.data) await verifyData(store.read(data), entry.data, progress);
      collections.push({
        metadata,
        ...(entry.data && { content: entry.data }),
        documents: () => splitDocuments(decompress(store.read(data))),
      });
      progress.finish(entry.name, entry.data?.documents ?? 0);
    } catch (error) {
      if (error instanceof BackupError) throw error;
      errors.push({ path: `${id}/${entry.name}`, reason: (error as Error).message });
    }
  }
  if (errors.length > 0) throw damaged(id, errors);
  return { manifest, dump: { name: `backup ${id}`, database: manifest.database, collections } };
}

async function verifyMetadata(file: Buffer, entry: CollectionEntry): Promise<CollectionMetadata> {
  compare("the file of its options", computeFileDigest(file), entry.metadata);
  const metadata = parseMetadata(file);
  const same =
    metadata.name === entry.name &&
    metadata.type === entry.type &&
    metadata.indexes.map(toCanonicalJson).join("\n") === entry.indexes.join("\n");
  if (!same) throw new Error("its options are not those of the manifest");
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
  compare("the file of its documents", file.digest, expected);
  compare("what it is decompressed to", uncompressed.digest, expected.uncompressed);
  if (documents !== expected.documents) {
    throw new Error(`it holds ${documents} documents, and held ${expected.documents}`);
  }
  if (digest !== expected.digest) throw new Error("its documents are not those of the manifest");
}

function compare(what: string, is: FileDigest, was: FileDigest): void {
  if (is.bytes !== was.bytes || is.sha256 !== was.sha256) {
    throw new Error(`${what} is not as it was written: its SHA-256 is ${is.sha256}, and was ${was.sha256}`);
  }
}

function damaged(id: string, errors: readonly IntegrityError[]): BackupError {
  const lines = errors.map(({ path, reason }) => `  ${path}: ${reason}`);
  return new BackupError(
    `The backup ${id} is damaged:\n${lines.join("\n")}\nUse another one: \`backup list\` shows all.`,
  );
}
