import { randomUUID } from "node:crypto";

/** The address of a database that does not exist yet, on the server at `MONGODB_URI`. */
export function newDatabaseUri(): string {
  const uri = new URL(process.env.MONGODB_URI!);
  uri.pathname = `/ecobeat_bench_${randomUUID().slice(0, 8)}`;
  return uri.href;
}
