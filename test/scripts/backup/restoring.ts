import type { Db } from "mongodb";
import { createBackup } from "../../../scripts/backup/create.ts";
import type { Dump } from "../../../scripts/backup/dump.ts";
import { verifyBackup } from "../../../scripts/backup/verify.ts";
import { MemoryStore } from "./memory-store.ts";

/** A dump of a database as it is now. */
export async function dumpOf(database: Db, store = new MemoryStore()): Promise<Dump> {
  const { id } = await createBackup({ database, store, clock: Date.now });
  return (await verifyBackup(store, id)).dump;
}
