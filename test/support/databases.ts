import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Db } from "mongodb";
import { openEmbeddedDatabase } from "../../service/local/embedded-database.ts";
import { connectMongo, type MongoOptions } from "../../service/platform/mongo.ts";

/** The database of a test. */
export interface TestDatabase extends AsyncDisposable {
  database: Db;
  /** Removes it with all that is in it. */
  remove(): Promise<void>;
}

/** An embedded database in its own folder. */
export async function embeddedDatabase(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), "ecobeat-database-"));
  const database = await openEmbeddedDatabase(folder);
  const remove = () => rm(folder, { recursive: true });
  return { database, remove, [Symbol.asyncDispose]: remove };
}

/** A database with its own name on the server at `MONGODB_URI`. */
export async function mongoDatabase(options?: MongoOptions): Promise<TestDatabase & { readonly uri: string }> {
  const uri = new URL(process.env.MONGODB_URI!);
  uri.pathname = `/ecobeat_test_${randomUUID().slice(0, 8)}`;
  const database = await connectMongo(uri.href, options);
  const remove = async () => {
    await database.dropDatabase();
    await database.client.close();
  };
  return { database, uri: uri.href, remove, [Symbol.asyncDispose]: remove };
}
