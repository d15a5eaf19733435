import { gunzipSync, gzipSync } from "node:zlib";
import type { Binary, Db } from "mongodb";
import { OperatorError } from "../cli/errors.ts";
import { inParallel } from "../cli/in-parallel.ts";
import { type OrderedDocument, parseCanonicalJson, parseOrdered, toCanonicalJson } from "./ordered-bson.ts";

/** A collection without its documents. */
export interface CollectionMetadata {
  readonly name: string;
  /** A view holds no documents. */
  readonly type: "collection" | "view";
  /** Options of the command `create`. */
  readonly options: OrderedDocument;
  /** As `listIndexes` returns them. */
  readonly indexes: readonly OrderedDocument[];
  /** In hexadecimal digits, for the MongoDB tools. A restored collection gets a new one from the server. */
  readonly uuid?: string;
}

/** Whether the server validates documents on insert. For encrypted fields, it adds a validator itself. */
export const hasValidator = ({ options }: CollectionMetadata): boolean =>
  options.has("validator") || options.has("encryptedFields");

function toMetadata(listed: OrderedDocument, indexes: readonly OrderedDocument[]): CollectionMetadata {
  const [name, type] = [listed.get("name") as string, (listed.get("type") as string) ?? "collection"];
  if (type !== "collection" && type !== "view") {
    throw new OperatorError("collection-type-unsupported", {
      what: `${name} is a ${type} collection, which backups do not support.`,
      why: "MongoDB stores its documents elsewhere, in a format that differs between versions.",
      action: "Take a snapshot, or use mongodump.",
    });
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
 * Reads a file of {@link toMetadataFile} or of the MongoDB tools.
 *
 * @param getName gets the name of the collection if the file lacks it, as with older tools
 * @throws if the file is invalid
 */
export function parseMetadata(file: Buffer, getName = () => ""): CollectionMetadata {
  const isCompressed = file[0] === 0x1f && file[1] === 0x8b;
  const text = (isCompressed ? gunzipSync(file) : file).toString();
  const fields = parseCanonicalJson(text) as OrderedDocument;
  const options = (fields.get("options") as OrderedDocument | undefined) ?? new Map();
  const isView = fields.get("type") === "view" || options.has("viewOn");
  return {
    name: (fields.get("collectionName") as string | undefined) ?? getName(),
    type: isView ? "view" : "collection",
    options,
    indexes: (fields.get("indexes") as OrderedDocument[] | undefined) ?? [],
  };
}

/**
 * All collections and views of a database, by name. Like the MongoDB tools, it excludes system collections.
 * @throws {OperatorError} if one has an unsupported type
 */
export async function listCollections(database: Db): Promise<CollectionMetadata[]> {
  const listed = await runCursorCommand(database, { listCollections: 1, cursor: {} });
  const own = listed.filter((each) => isUserCollection(each.get("name") as string));
  const found = await inParallel(own, undefined, async (each) => {
    const isView = each.get("type") === "view";
    const indexes = isView ? [] : await runCursorCommand(database, { listIndexes: each.get("name"), cursor: {} });
    return toMetadata(each, indexes);
  });
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** `system.js` holds the user's functions. */
const isUserCollection = (name: string): boolean => !name.startsWith("system.") || name === "system.js";

/** Results of a command that returns a cursor, with their fields in order. */
async function runCursorCommand(database: Db, command: object): Promise<OrderedDocument[]> {
  const documents = await database.runCursorCommand(command, { raw: true }).toArray();
  return documents.map((bytes) => parseOrdered(Buffer.from(bytes)));
}
