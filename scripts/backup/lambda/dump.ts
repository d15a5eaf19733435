import type { DumpResult } from "../contract.ts";
import { type CreateOptions, createBackup } from "../create.ts";
import { documentsOf, type Manifest } from "../manifest.ts";

/**
 * Backs a database up, and says what came of it.
 * @throws {BackupError} if there is no backup in the end
 */
export async function dumpDatabase(options: CreateOptions): Promise<DumpResult> {
  const manifest = await createBackup(options);
  return {
    id: manifest.id,
    documents: documentsOf(manifest),
    bytes: bytesOf(manifest),
    seconds: (Date.parse(manifest.finishedAt) - Date.parse(manifest.startedAt)) / 1_000,
    snapshot: manifest.consistency.snapshot,
  };
}

/** What the files of a backup take, without the manifest. */
const bytesOf = ({ collections }: Manifest): number =>
  collections.reduce((sum, { metadata, data }) => sum + metadata.bytes + (data?.bytes ?? 0), 0);
