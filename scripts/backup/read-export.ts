import { OperatorError } from "../cli/errors.ts";
import { type Progress, silentProgress } from "../cli/progress.ts";
import { ContentHasher } from "./checksums.ts";
import { type DocumentBatch, type Dump, type DumpedCollection, decompress } from "./dump-format.ts";
import { chooseExport, type ExportedCollection, findCollections } from "./exported-snapshot.ts";
import { toBsonDocument } from "./extended-json.ts";
import { type BackupLocation, readAll } from "./location.ts";
import { parseMetadata } from "./metadata.ts";

export interface ExportOptions {
  /** Name of the database in the export. */
  readonly database: string;
  /** Selects the newest snapshot that was taken by then. @default the newest one */
  readonly before?: Date | undefined;
  /**
   * Percentage of the files with documents that are read, of each collection at least one. Such a result cannot be restored.
   * @default 100
   */
  readonly sample?: number;
  readonly progress?: Progress;
  /** Chooses a file: a number from 0 to 1. @default Math.random */
  readonly random?: () => number;
}

/** A database in an export, read and checked. */
export interface ReadExport {
  readonly dump: Dump;
  readonly clusterName: string;
  readonly takenAt: Date;
  /** How many files with documents were read, and how many there are. */
  readonly read: number;
  readonly files: number;
  /** Newest time in a document, or null. */
  readonly newest: string | null;
}

/**
 * Reads a database of a snapshot that Atlas exported: checks that all files are there, converts each document into BSON, and counts
 * and hashes them. The export has no checksums of its own. Memory use does not grow with the database.
 *
 * @throws {OperatorError} if there is no complete export, or a file of it is damaged
 */
export async function readExport(location: BackupLocation, options: ExportOptions): Promise<ReadExport> {
  const { database, before, sample = 100, progress = silentProgress, random = Math.random } = options;
  const chosen = await chooseExport(location, before);
  const found = findCollections(chosen, database);
  const collections: DumpedCollection[] = [];
  let [read, newest] = [0, null as string | null];
  progress.begin("check", 0, "documents");
  for (const collection of found) {
    const data = sample >= 100 ? collection.data : pickSome(collection.data, sample, random);
    const result = await readCollection(location, { ...collection, data }, progress);
    read += data.length;
    if (result.newest && (!newest || result.newest > newest)) newest = result.newest;
    collections.push(result.collection);
  }
  return {
    dump: { name: `Atlas's snapshot of ${chosen.takenAt.toISOString()}`, takenAt: chosen.takenAt, collections },
    clusterName: chosen.clusterName,
    takenAt: chosen.takenAt,
    read,
    files: found.reduce((sum, { data }) => sum + data.length, 0),
    newest,
  };
}

/** So many percent of the paths, at least one, at random. */
function pickSome(paths: readonly string[], percent: number, random: () => number): string[] {
  const drawn = paths.map((path) => ({ path, order: random() })).sort((a, b) => a.order - b.order);
  return drawn.slice(0, Math.max(1, Math.ceil((paths.length * percent) / 100))).map(({ path }) => path);
}

async function readCollection(
  location: BackupLocation,
  { folder, metadata: description, data }: ExportedCollection,
  progress: Progress,
): Promise<{ collection: DumpedCollection; newest: string | null }> {
  try {
    if (description === undefined) throw new Error("it has no file metadata.json");
    const metadata = parseMetadata(await readAll(location, description), () => folder);
    if (metadata.options.has("timeseries")) throw new Error("it is a time series collection");
    const content = new ContentHasher();
    for await (const { bytes, documents } of readDocuments(location, data)) {
      for (let start = 0; start < bytes.length; ) {
        const end = start + bytes.readInt32LE(start);
        content.addDated(bytes.subarray(start, end));
        start = end;
      }
      progress.advance(documents);
    }
    progress.finish(metadata.name, content.documents);
    return {
      collection: { metadata, content: content.digest, documents: () => readDocuments(location, data) },
      newest: content.newest,
    };
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError("export-collection-unusable", {
      what: `The collection ${folder} in the export cannot be restored.`,
      why: `Reading it failed: ${(error as Error).message}.`,
      action: "Choose another export, or export the snapshot again.",
      cause: error,
    });
  }
}

/** The documents of files, one line each, as BSON. */
async function* readDocuments(location: BackupLocation, paths: readonly string[]): AsyncGenerator<DocumentBatch> {
  for (const path of paths) {
    let line = 0;
    for await (const lines of splitLines(decompress(location.read(path)))) {
      const documents: Uint8Array[] = [];
      for (const text of lines) {
        line += 1;
        if (text.trim() === "") continue;
        try {
          documents.push(toBsonDocument(text));
        } catch (error) {
          throw new Error(`line ${line} of ${path} is not a document in Extended JSON: ${(error as Error).message}`);
        }
      }
      if (documents.length > 0) yield { bytes: Buffer.concat(documents), documents: documents.length };
    }
  }
}

const newline = 0x0a;

/** The complete lines of each chunk, and finally the rest. */
async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  let pending: Buffer[] = [];
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(newline) + 1;
    if (end > 0) {
      yield Buffer.concat([...pending, chunk.subarray(0, end)])
        .toString()
        .split("\n")
        .slice(0, -1);
      pending = [];
    }
    if (end < chunk.length) pending.push(chunk.subarray(end));
  }
  if (pending.length > 0) yield [Buffer.concat(pending).toString()];
}
