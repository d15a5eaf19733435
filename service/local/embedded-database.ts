import { MangoClient } from "@jkershaw/mangodb";
import type { Db } from "mongodb";

/**
 * A database with the driver's API that stores its collections as JSON files, for development without MongoDB. It has no sessions,
 * transactions or commands. The repositories use only what both support.
 */
export async function openEmbeddedDatabase(folder: string): Promise<Db> {
  const client = new MangoClient(folder);
  await client.connect();
  // The driver's type has far more members than the repositories use. The shared tests cover those.
  return client.db("ecobeat") as unknown as Db;
}
