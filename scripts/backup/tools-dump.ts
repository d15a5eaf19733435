import { checkDocuments, type Dump, type DumpedCollection, decompress, splitDocuments } from "./dump.ts";
import { BackupError } from "./errors.ts";
import { type BackupLocation, readAll, type StoredFile } from "./location.ts";
import { manifestName } from "./manifest.ts";
import { parseMetadata } from "./metadata.ts";
import { type Progress, silentProgress } from "./progress.ts";

/** A file of a collection, below the folder of its database. */
const collectionFile = /^([^/]+)\/([^/]+)\.(bson|metadata\.json)(\.gz)?$/;

/** What mongodump adds of the server itself: users, roles, and the like. */
const systemCollection = /^(?:system\.(?!js$)|\$admin\.)/;

/** Whether files look as the MongoDB tools leave them: a folder for each database. */
export const isToolsDump = (files: readonly StoredFile[]): boolean =>
  files.some(({ path }) => collectionFile.test(path));

/**
 * Reads a dump that the MongoDB tools made, compressed or not. They keep no sums: only its structure can be checked.
 *
 * @throws {BackupError} if it is not of one database, or is not whole as far as one can see
 */
export async function readToolsDump(
  store: BackupLocation,
  progress: Progress = silentProgress,
): Promise<Dump> {
  const files = await store.list();
  rejectUnsupported(store, files);
  const [database, ...others] = new Set(files.flatMap(({ path }) => collectionFile.exec(path)?.[1] ?? []));
  if (!database || others.length > 0) {
    throw new BackupError(
      `${store.address} holds ${database ? `the databases ${[database, ...others].join(", ")}` : "no database"}, and one at a ` +
        "time is restored. Put the folder of the one that you want into a folder of its own.",
    );
  }
  progress.begin("check", 0);
  const paths = new Set(files.map(({ path }) => path));
  const collections: DumpedCollection[] = [];
  for (const path of paths) {
    const [, , name, kind] = collectionFile.exec(path) ?? [];
    if (!name || systemCollection.test(name)) continue;
    // A view has no documents, and an old dump may have no options.
    const hasDocuments = paths.has(`${database}/${name}.bson`) || paths.has(`${database}/${name}.bson.gz`);
    if (kind !== "bson" && hasDocuments) continue;
    collections.push(await readCollection(store, database, name, paths, progress));
  }
  return { name: `the dump ${store.address}`, database, collections };
}

function rejectUnsupported({ address }: BackupLocation, files: readonly StoredFile[]): void {
  const paths = new Set(files.map(({ path }) => path));
  if (paths.has(manifestName)) {
    throw new BackupError(
      `${address} is one backup of this command's. Give the folder above it, and its name with --id, so that it is verified.`,
    );
  }
  if (paths.has("oplog.bson") || paths.has("oplog.bson.gz")) {
    throw new BackupError(
      `${address} was made by mongodump --oplog: without what its oplog.bson holds it is of no one moment. Restore it with ` +
        "mongorestore --oplogReplay.",
    );
  }
}

async function readCollection(
  store: BackupLocation,
  database: string,
  fileName: string,
  paths: ReadonlySet<string>,
  progress: Progress,
): Promise<DumpedCollection> {
  const find = (ending: string) =>
    [`${database}/${fileName}${ending}`, `${database}/${fileName}${ending}.gz`].find((path) =>
      paths.has(path),
    );
  const [description, data] = [find(".metadata.json"), find(".bson")];
  try {
    const name = decodeURIComponent(fileName);
    const metadata = parseMetadata(
      description ? await readAll(store, description) : Buffer.from('{"indexes":[]}'),
      name,
    );
    if (metadata.options.has("timeseries")) {
      throw new Error("it is a time series, which only mongorestore can restore");
    }
    const bytes = () => (data!.endsWith(".gz") ? decompress(store.read(data!)) : store.read(data!));
    const content = data ? await checkDocuments(bytes(), progress) : undefined;
    progress.finish(metadata.name, content?.documents ?? 0);
    return { metadata, ...(content && { content }), documents: () => splitDocuments(bytes()) };
  } catch (error) {
    if (error instanceof BackupError) throw error;
    throw new BackupError(
      `${database}/${fileName} in ${store.address} cannot be restored: ${(error as Error).message}. Use another dump, or ` +
        "take its files away to restore the others.",
    );
  }
}

/** What an archive begins with: https://github.com/mongodb/mongo-tools/blob/master/common/archive/archive.go */
const archiveMagic = Buffer.from("6de29981", "hex");

/**
 * Looks whether one of some files is an archive of mongodump, which holds all collections in one file.
 * @throws {BackupError} if one is
 */
export async function rejectArchives(store: BackupLocation, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const plain = await isArchive(store.read(path));
    // What is not compressed at all is none, either.
    if (!plain && !(await isArchive(decompress(store.read(path))).catch(() => false))) continue;
    throw new BackupError(
      `${path} in ${store.address} was made by mongodump --archive, and this reads a folder only. Restore it with ` +
        `mongorestore --archive=${path}${plain ? "" : " --gzip"}, or make the dump again with --out in place of --archive.`,
    );
  }
}

async function isArchive(pieces: AsyncIterable<Buffer>): Promise<boolean> {
  for await (const piece of pieces) return piece.subarray(0, archiveMagic.length).equals(archiveMagic);
  return false;
}
