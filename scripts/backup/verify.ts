import { documentsIn } from "./bson-stream.ts";
import { checkDocuments } from "./check-documents.ts";
import type { Dump, DumpedCollection } from "./dump.ts";
import { BackupError } from "./errors.ts";
import { filesOf } from "./file-names.ts";
import { decompressed } from "./gzip.ts";
import { type CollectionEntry, documentsOf, type Manifest, readManifest } from "./manifest.ts";
import { type CollectionMetadata, readMetadata } from "./metadata.ts";
import { canonicalJson } from "./ordered-bson.ts";
import { type Progress, silent } from "./progress.ts";
import { type BackupStore, readWhole } from "./store.ts";
import { FileSummer, type FileSums, sumsOf } from "./sums.ts";
import { type Fault, wrongFiles } from "./wrong-files.ts";

/** A backup that was found to be as it was written. */
export interface VerifiedBackup {
  readonly manifest: Manifest;
  readonly dump: Dump;
}

/**
 * Reads a whole backup and holds it against its manifest: which files there are, the sums of each, the structure and the count
 * of the documents, the options and indexes.
 *
 * @throws {BackupError} that names each fault
 */
export async function verifyBackup(
  store: BackupStore,
  id: string,
  progress: Progress = silent,
): Promise<VerifiedBackup> {
  const manifest = await readManifest(store, id);
  const faults = wrongFiles(manifest, await store.list(`${id}/`));
  const collections: DumpedCollection[] = [];
  progress.begin("verify", documentsOf(manifest));
  for (const entry of manifest.collections) {
    const paths = filesOf(manifest.database, entry.name);
    const [data, description] = [`${id}/${paths.data}`, `${id}/${paths.metadata}`];
    // One more fault of a file that is missing or too long tells nothing.
    if (faults.some(({ path }) => path === data || path === description)) continue;
    try {
      const metadata = await verifyMetadata(await readWhole(store, description), entry);
      if (entry.data) await verifyData(store.read(data), entry.data, progress);
      collections.push({
        metadata,
        ...(entry.data && { content: entry.data }),
        documents: () => documentsIn(decompressed(store.read(data))),
      });
      progress.finish(entry.name, entry.data?.documents ?? 0);
    } catch (error) {
      if (error instanceof BackupError) throw error;
      faults.push({ path: `${id}/${entry.name}`, fault: (error as Error).message });
    }
  }
  if (faults.length > 0) throw damaged(id, faults);
  return { manifest, dump: { name: `backup ${id}`, database: manifest.database, collections } };
}

async function verifyMetadata(file: Buffer, entry: CollectionEntry): Promise<CollectionMetadata> {
  compare("the file of its options", sumsOf(file), entry.metadata);
  const metadata = readMetadata(file);
  const same =
    metadata.name === entry.name &&
    metadata.type === entry.type &&
    metadata.indexes.map(canonicalJson).join("\n") === entry.indexes.join("\n");
  if (!same) throw new Error("its options are not those of the manifest");
  return metadata;
}

async function verifyData(
  pieces: AsyncIterable<Buffer>,
  expected: NonNullable<CollectionEntry["data"]>,
  progress: Progress,
): Promise<void> {
  const [file, uncompressed] = [new FileSummer(), new FileSummer()];
  const bytes = uncompressed.through(decompressed(file.through(pieces)));
  const { documents, digest } = await checkDocuments(bytes, progress);
  compare("the file of its documents", file.sums, expected);
  compare("what it is decompressed to", uncompressed.sums, expected.uncompressed);
  if (documents !== expected.documents) {
    throw new Error(`it holds ${documents} documents, and held ${expected.documents}`);
  }
  if (digest !== expected.digest) throw new Error("its documents are not those of the manifest");
}

function compare(what: string, is: FileSums, was: FileSums): void {
  if (is.bytes !== was.bytes || is.sha256 !== was.sha256) {
    throw new Error(`${what} is not as it was written: its SHA-256 is ${is.sha256}, and was ${was.sha256}`);
  }
}

function damaged(id: string, faults: readonly Fault[]): BackupError {
  const lines = faults.map(({ path, fault }) => `  ${path}: ${fault}`);
  return new BackupError(
    `The backup ${id} is damaged:\n${lines.join("\n")}\nUse another one: \`backup list\` shows all.`,
  );
}
