import { gunzipSync, gzipSync } from "node:zlib";
import type { Binary, Db } from "mongodb";
import { BackupError } from "./errors.ts";
import { type OrderedDocument, parseCanonicalJson, parseOrdered, toCanonicalJson } from "./ordered-bson.ts";

/** What a collection is, beside its documents. */
export interface CollectionMetadata {
  readonly name: string;
  /** A view holds no documents of its own. */
  readonly type: "collection" | "view";
  /** Options as `create` takes them. */
  readonly options: OrderedDocument;
  /** As `listIndexes` gives them. */
  readonly indexes: readonly OrderedDocument[];
  /** In hexadecimal digits; the server names its own for a collection that is restored. */
  readonly uuid?: string;
}

/** Whether the server validates documents that are inserted: those of encrypted fields it validates by itself. */
export const hasValidator = ({ options }: CollectionMetadata): boolean =>
  options.has("validator") || options.has("encryptedFields");

/**
 * What `listCollections` and `listIndexes` say of a collection.
 * @throws {BackupError} for a kind of collection that cannot be dumped
 */
function toMetadata(listed: OrderedDocument, indexes: readonly OrderedDocument[]): CollectionMetadata {
  const [name, type] = [listed.get("name") as string, (listed.get("type") as string) ?? "collection"];
  if (type !== "collection" && type !== "view") {
    throw new BackupError(
      `${name} is a ${type} collection, which this cannot dump: its documents lie elsewhere, in a form that differs from ` +
        "one version of MongoDB to the next. Take a snapshot, or use mongodump.",
    );
  }
  const uuid = (listed.get("info") as OrderedDocument | undefined)?.get("uuid") as Binary | undefined;
  return {
    name,
    type,
    options: (listed.get("options") as OrderedDocument | undefined) ?? new Map(),
    indexes,
    ...(uuid && { uuid: Buffer.from(uuid.buffer).toString("hex") }),
  };
}

/** The file `.metadata.json.gz`, as the MongoDB tools write it. */
export function toMetadataFile({ name, type, options, indexes, uuid }: CollectionMetadata): Buffer {
  const file = new Map<string, unknown>([
    ["options", options],
    ["indexes", indexes],
    ["uuid", uuid ?? ""],
    ["collectionName", name],
    ["type", type],
  ]);
  return gzipSync(toCanonicalJson(file));
}

/**
 * Reads the file again, or one of the MongoDB tools.
 *
 * @param fallbackName the collection's, where an older tool has left it out
 * @throws if it cannot be read
 */
export function parseMetadata(file: Buffer, fallbackName = ""): CollectionMetadata {
  const isCompressed = file[0] === 0x1f && file[1] === 0x8b;
  const text = (isCompressed ? gunzipSync(file) : file).toString();
  const fields = parseCanonicalJson(text) as OrderedDocument;
  const options = (fields.get("options") as OrderedDocument | undefined) ?? new Map();
  const isView = fields.get("type") === "view" || options.has("viewOn");
  const uuid = fields.get("uuid") as string | undefined;
  return {
    name: (fields.get("collectionName") as string | undefined) ?? fallbackName,
    type: isView ? "view" : "collection",
    options,
    indexes: (fields.get("indexes") as OrderedDocument[] | undefined) ?? [],
    ...(uuid && { uuid }),
  };
}

/**
 * All collections and views of a database, by name, but those that are the server's own, as the MongoDB tools leave them out.
 * @throws {BackupError} if one is of a kind that cannot be dumped
 */
export async function listCollections(database: Db): Promise<CollectionMetadata[]> {
  const listed = await runCursorCommand(database, { listCollections: 1, cursor: {} });
  const own = listed.filter((each) => isUserCollection(each.get("name") as string));
  const found = await Promise.all(
    own.map(async (each) => {
      const isView = each.get("type") === "view";
      const indexes = isView
        ? []
        : await runCursorCommand(database, { listIndexes: each.get("name"), cursor: {} });
      return toMetadata(each, indexes);
    }),
  );
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Functions stored on the server are the user's, whatever their collection is called. */
const isUserCollection = (name: string): boolean => !name.startsWith("system.") || name === "system.js";

/** What a command answers with a cursor, field by field in order. */
async function runCursorCommand(database: Db, command: object): Promise<OrderedDocument[]> {
  const documents = await database.runCursorCommand(command, { raw: true }).toArray();
  return documents.map((bytes) => parseOrdered(Buffer.from(bytes)));
}
