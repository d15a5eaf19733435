import { MangoClient } from "@jkershaw/mangodb";
import type { Db } from "mongodb";

/**
 * A database with the driver's API that keeps its collections as JSON files, for development without MongoDB.
 * It has no sessions, no transactions and no commands; the repositories stay within what both can do.
 */
export async function openEmbeddedDatabase(folder: string): Promise<Db> {
  const client = new MangoClient(folder);
  await client.connect();
  // The driver's type has far more members than the repositories use; the shared tests prove those they do.
  return client.db("ecobeat") as unknown as Db;
}
