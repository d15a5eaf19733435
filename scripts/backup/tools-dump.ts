import { OperatorError } from "../cli/errors.ts";
import { type Progress, silentProgress } from "../cli/progress.ts";
import { checkDocuments, type Dump, type DumpedCollection, decompress, splitDocuments } from "./dump-format.ts";
import { fromFileName } from "./dump-names.ts";
import { type BackupLocation, readAll, type StoredFile } from "./location.ts";
import { manifestName } from "./manifest.ts";
import { parseMetadata } from "./metadata.ts";

/** A file of a collection, in the folder of its database. */
const collectionFile = /^([^/]+)\/([^/]+)\.(bson|metadata\.json)(\.gz)?$/;

/** Files of system collections that mongodump adds, such as users and roles. */
const systemCollection = /^(?:system\.(?!js$)|(?:\$|%24)admin\.)/;

/** Whether files have the layout of the MongoDB tools: a folder for each database. */
export const isToolsDump = (files: readonly StoredFile[]): boolean =>
  files.some(({ path }) => collectionFile.test(path));

/**
 * Reads a dump of the MongoDB tools, compressed or not. It has no checksums, so this checks only its structure.
 *
 * @throws {OperatorError} if it is not that of one database, or is damaged
 */
export async function readToolsDump(location: BackupLocation, progress: Progress = silentProgress): Promise<Dump> {
  const paths = new Set((await location.list()).map(({ path }) => path));
  if (paths.has(manifestName)) {
    throw new OperatorError("dump-has-manifest", {
      what: `${location.address} is a single backup, not a location of backups.`,
      why: "The command verifies a backup by its manifest, and finds it in the parent folder.",
      action: "Use the parent folder as the location, and the name of this folder as --id.",
    });
  }
  if (paths.has("oplog.bson") || paths.has("oplog.bson.gz")) {
    throw new OperatorError("dump-has-oplog", {
      what: `${location.address} was created by mongodump --oplog.`,
      why: "Without its oplog.bson, it is not point-in-time consistent.",
      action: "Restore it with mongorestore --oplogReplay.",
    });
  }
  const [database, ...others] = new Set([...paths].flatMap((path) => collectionFile.exec(path)?.[1] ?? []));
  if (!database || others.length > 0) {
    throw new OperatorError("dump-not-of-one-database", {
      what: `${location.address} holds ${database ? `the databases ${[database, ...others].join(", ")}` : "no database"}.`,
      why: "The command restores one database at a time.",
      action: "Move the folder of the database into an empty folder, and use that as the location.",
    });
  }
  progress.begin("check", 0, "documents");
  const collections: DumpedCollection[] = [];
  for (const path of paths) {
    const [, , name, kind] = collectionFile.exec(path) ?? [];
    if (!name || systemCollection.test(name)) continue;
    // A view has no documents, and an old dump may have no options.
    const hasDocuments = paths.has(`${database}/${name}.bson`) || paths.has(`${database}/${name}.bson.gz`);
    if (kind !== "bson" && hasDocuments) continue;
    collections.push(await readCollection(location, database, name, paths, progress));
  }
  return { name: `the dump ${location.address}`, collections };
}

async function readCollection(
  location: BackupLocation,
  database: string,
  fileName: string,
  paths: ReadonlySet<string>,
  progress: Progress,
): Promise<DumpedCollection> {
  const find = (ending: string) =>
    [`${database}/${fileName}${ending}`, `${database}/${fileName}${ending}.gz`].find((path) => paths.has(path));
  const [description, data] = [find(".metadata.json"), find(".bson")];
  try {
    const metadata = parseMetadata(
      description ? await readAll(location, description) : Buffer.from('{"indexes":[]}'),
      () => fromFileName(fileName),
    );
    if (metadata.options.has("timeseries")) {
      throw new Error("it is a time series collection, which only mongorestore can restore");
    }
    const bytes = () => (data!.endsWith(".gz") ? decompress(location.read(data!)) : location.read(data!));
    const content = data ? await checkDocuments(bytes(), progress) : undefined;
    progress.finish(metadata.name, content?.documents ?? 0);
    return { metadata, ...(content && { content }), documents: () => splitDocuments(bytes()) };
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError("dump-collection-unusable", {
      what: `${database}/${fileName} in ${location.address} cannot be restored.`,
      why: `Reading it failed: ${(error as Error).message}.`,
      action: "Use another dump, or move its files elsewhere to restore the other collections.",
      cause: error,
    });
  }
}

/** First bytes of an archive: https://github.com/mongodb/mongo-tools/blob/master/common/archive/archive.go */
const archiveMagic = Buffer.from("6de29981", "hex");

/**
 * Checks files for an archive of mongodump, which contains all collections in one file.
 * @throws {OperatorError} if one is an archive
 */
export async function rejectArchives(location: BackupLocation, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const plain = await isArchive(location.read(path));
    // Decompressing fails for an uncompressed file, which is not an archive here.
    if (!plain && !(await isArchive(decompress(location.read(path))).catch(() => false))) continue;
    throw new OperatorError("dump-is-archive", {
      what: `${path} in ${location.address} was created by mongodump --archive.`,
      why: "The command reads dumps in folders only.",
      action: `Restore it with: mongorestore --archive=${path}${plain ? "" : " --gzip"}`,
    });
  }
}

async function isArchive(chunks: AsyncIterable<Buffer>): Promise<boolean> {
  for await (const chunk of chunks) return chunk.subarray(0, archiveMagic.length).equals(archiveMagic);
  return false;
}
