import type { Db } from "mongodb";
import { type CollectionMetadata, metadataFrom } from "./metadata.ts";
import { type Ordered, orderedFrom } from "./ordered-bson.ts";

/**
 * All collections and views of a database, by name, but those that are the server's own, as the MongoDB tools leave them out.
 * @throws {BackupError} if one is of a kind that cannot be dumped
 */
export async function listCollections(database: Db): Promise<CollectionMetadata[]> {
  const listed = await answers(database, { listCollections: 1, cursor: {} });
  const own = listed.filter((each) => isOwn(each.get("name") as string));
  const found = await Promise.all(
    own.map(async (each) => {
      const isView = each.get("type") === "view";
      const indexes = isView ? [] : await answers(database, { listIndexes: each.get("name"), cursor: {} });
      return metadataFrom(each, indexes);
    }),
  );
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Functions stored on the server are the user's, whatever their collection is called. */
const isOwn = (name: string): boolean => !name.startsWith("system.") || name === "system.js";

/** What a command answers with a cursor, field by field in order. */
async function answers(database: Db, command: object): Promise<Ordered[]> {
  const documents = await database.runCursorCommand(command, { raw: true }).toArray();
  return documents.map((bytes) => orderedFrom(Buffer.from(bytes)));
}
