import { BSON, type Db, UUID } from "mongodb";
import { auditCollection, dataMap, erasuresCollection, type MappedCollection } from "../../service/data-map.ts";
import type { Dump } from "../backup/dump-format.ts";
import { findRaw } from "../backup/raw-documents.ts";
import { inParallel } from "../cli/in-parallel.ts";
import type { Progress } from "../cli/progress.ts";
import type { IdSearch } from "./id-search.ts";

/** Where an id was found. */
export interface Finding {
  /** A collection and a path in it, or a kind of keys in Redis. It contains no personal data. */
  readonly where: string;
  /** Number of documents or keys. */
  count: number;
}

/** What a search has found in documents. */
export interface DocumentSearch {
  readonly documents: number;
  readonly findings: readonly Finding[];
  /** When the account was deleted, if its erasure record was among the documents. */
  readonly deletedAt: Date | undefined;
}

/** Entries of the audit log, which must tell who looked at the account. */
export const auditRecord = `${auditCollection} userId`;

/** The erasure record itself, which stays. */
export const erasureRecord = `${erasuresCollection} _id`;

const map: Readonly<Record<string, MappedCollection>> = dataMap;

/** Documents, some at a time. */
type Documents = AsyncIterable<Iterable<Buffer>>;

/**
 * Searches every collection of a database, also those that the data map does not have. It only reads, and keeps no more than one
 * response of the server in memory.
 */
export async function searchDatabase(database: Db, search: IdSearch, progress: Progress): Promise<DocumentSearch> {
  const names = await listCollections(database);
  const counts = await inParallel(names, undefined, (name) => database.collection(name).estimatedDocumentCount());
  progress.begin(
    "search",
    counts.reduce((sum, each) => sum + each, 0),
    "documents",
  );
  return searchDocuments(
    names.map((name) => [name, findRaw(database, name)]),
    search,
    progress,
  );
}

/**
 * Searches an online archive. Atlas bills what it scans, so that collections that are partitioned by user are searched for this one.
 * @param id of the user
 */
export async function searchArchive(
  archive: Db,
  id: string,
  search: IdSearch,
  progress: Progress,
): Promise<DocumentSearch> {
  progress.begin("search", 0, "documents");
  const toFilter = (name: string) => {
    const entry = map[name];
    if (!entry?.isArchived || !("userField" in entry)) return {};
    return { filter: { [entry.userField]: { $in: [id, new UUID(id)] } } };
  };
  return searchDocuments(
    (await listCollections(archive)).map((name) => [name, findRaw(archive, name, toFilter(name))]),
    search,
    progress,
  );
}

/** Searches a verified dump. */
export function searchDump(dump: Dump, search: IdSearch, progress: Progress): Promise<DocumentSearch> {
  progress.begin(
    "search",
    dump.collections.reduce((sum, { content }) => sum + (content?.documents ?? 0), 0),
    "documents",
  );
  return searchDocuments(
    dump.collections
      .filter(({ content }) => content)
      .map((collection) => [collection.metadata.name, readDump(collection)] as const),
    search,
    progress,
  );
}

/** A view contains nothing that its collection does not. */
const listCollections = async (database: Db): Promise<string[]> =>
  (await database.listCollections().toArray())
    .filter(({ name, type }) => type !== "view" && !name.startsWith("system."))
    .map(({ name }) => name)
    .sort();

async function searchDocuments(
  collections: readonly (readonly [name: string, documents: Documents])[],
  search: IdSearch,
  progress: Progress,
): Promise<DocumentSearch> {
  const findings = new Map<string, Finding>();
  let [documents, deletedAt]: [number, Date | undefined] = [0, undefined];
  for (const [name, responses] of collections) {
    let count = 0;
    for await (const response of responses) {
      let inResponse = 0;
      for (const document of response) {
        inResponse += 1;
        if (!search.isIn(document)) continue;
        for (const path of search.findPaths(document)) {
          const where = `${name} ${path}`;
          const finding = findings.get(where);
          if (finding) finding.count += 1;
          else findings.set(where, { where, count: 1 });
          if (where === erasureRecord) deletedAt = BSON.deserialize(document).deletedAt;
        }
      }
      count += inResponse;
      progress.advance(inResponse);
    }
    progress.finish(name, count);
    documents += count;
  }
  return { documents, findings: [...findings.values()], deletedAt };
}

async function* readDump({ documents }: Dump["collections"][number]): AsyncGenerator<Iterable<Buffer>> {
  for await (const { bytes } of documents()) yield split(bytes);
}

function* split(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length; ) {
    const end = start + bytes.readInt32LE(start);
    yield bytes.subarray(start, end);
    start = end;
  }
}
