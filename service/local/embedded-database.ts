import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { MangoClient } from "@jkershaw/mangodb";
import type { Db } from "mongodb";
import { ConfigurationError } from "../config.ts";
import { databaseName } from "../contract.ts";

/**
 * A database with the driver's API that stores its collections as JSON files, for development without MongoDB. It has no sessions,
 * transactions or commands. The repositories use only what both support.
 *
 * @param folder no other process may use it: half-written files in it are removed
 * @throws {ConfigurationError} if one of its files is broken
 */
export async function openEmbeddedDatabase(folder: string): Promise<Db> {
  await checkFiles(join(folder, databaseName));
  const client = new MangoClient(folder);
  await client.connect();
  const database = client.db(databaseName);
  const known = new Set<object>();
  const open = database.collection.bind(database);
  database.collection = ((name: string) => {
    const collection = open(name);
    // It is the same object each time.
    if (!known.has(collection)) nameBrokenFiles(collection as unknown as CollectionFiles);
    known.add(collection);
    return collection;
  }) as typeof open;
  // The driver's type has far more members than the repositories use. The shared tests cover those.
  return database as unknown as Db;
}

/** What a crash leaves of a file that was to replace another. The collection's own file is then complete, and one write older. */
const halfWritten = /\.json\.tmp-[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Removes half-written files, and reads all others once. */
async function checkFiles(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    return [];
  });
  for (const name of names) {
    const path = join(folder, name);
    if (halfWritten.test(name)) await rm(path);
    else if (name.endsWith(".json")) await checkFile(path);
  }
}

/** @throws {ConfigurationError} if the file does not have the form in which the database writes it */
async function checkFile(path: string): Promise<void> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) throw brokenFile(path);
    throw error;
  }
  const isIntact = path.endsWith(".indexes.json")
    ? Array.isArray((content as { indexes?: unknown } | null)?.indexes)
    : Array.isArray(content);
  if (!isIntact) throw brokenFile(path);
}

/** Without the words of the parser, which quote the file: it contains personal data. */
const brokenFile = (path: string) =>
  new ConfigurationError(
    `The file ${path} of the embedded database is broken: it was edited, or the machine lost power. Nothing was deleted. ` +
      "Correct it, or move it to another folder and start again: the server then begins with an empty one.",
  );

/** Members of a collection of MangoDB, which is pinned to one release. */
interface CollectionFiles {
  readonly filePath: string;
  readDocuments(): Promise<unknown[]>;
  readonly indexManager: { readonly indexFilePath: string; loadIndexes(): Promise<unknown[]> };
}

/** Makes a collection name its file if that breaks while the server runs. */
function nameBrokenFiles(collection: CollectionFiles): void {
  const { indexManager } = collection;
  const check = async (path: string, error: unknown) => {
    if (error instanceof SyntaxError || error instanceof TypeError) await checkFile(path);
    throw error;
  };
  const readDocuments = collection.readDocuments.bind(collection);
  collection.readDocuments = () => readDocuments().catch((error) => check(collection.filePath, error));
  const loadIndexes = indexManager.loadIndexes.bind(indexManager);
  indexManager.loadIndexes = () => loadIndexes().catch((error) => check(indexManager.indexFilePath, error));
}
