import { ConfigurationError } from "../config.ts";
import { type ErasureRequest, type ErasureResult, parsePreviewName } from "../contract.ts";
import type { Backends } from "../dependencies.ts";
import { systemClock } from "../platform/clock.ts";
import type { User } from "../users/repository.ts";
import { isObject } from "./unsupported-events.ts";

/** Whether an event is a request to delete the data of a preview. */
export const isErasureRequest = (event: unknown): event is ErasureRequest =>
  isObject(event) && typeof event.erase === "string" && Object.keys(event).length === 1;

/**
 * Deletes the data of a preview: its users' keys in Redis, then every collection, and with the last one the database. Rate limits
 * expire within 15 minutes. It searches no keys: the cache's users may not list those of others. Running it again deletes what is
 * left.
 *
 * @param databaseName the one that the function uses
 * @throws {ConfigurationError} unless that is the database of a preview, and the request names it
 */
export async function erasePreview(
  backends: Pick<Backends, "database" | "sessions" | "userCache">,
  { erase }: ErasureRequest,
  databaseName: string,
): Promise<ErasureResult> {
  const database = await backends.database();
  const names = [erase, databaseName, database.databaseName];
  if (names.some((name) => name !== erase || parsePreviewName(name) === undefined)) {
    throw new ConfigurationError(
      `Nothing was deleted: this function uses the database ${databaseName}. Only that of a preview can be deleted, by its name.`,
    );
  }
  const [sessions, cache] = await Promise.all([backends.sessions(), backends.userCache()]);
  let users = 0;
  for await (const { _id } of database.collection<User>("users").find({}, { projection: { _id: 1 } })) {
    await sessions.revokeAll(_id, systemClock());
    await cache.invalidate(_id);
    users++;
  }
  const collections = (await database.listCollections({}, { nameOnly: true }).toArray())
    .map(({ name }) => name)
    .filter((name) => !name.startsWith("system."))
    .sort();
  for (const name of collections) await database.dropCollection(name);
  return { erased: databaseName, users, collections };
}
