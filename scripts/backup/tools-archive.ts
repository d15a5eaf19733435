import { BackupError } from "./errors.ts";
import { decompressed } from "./gzip.ts";
import type { BackupStore } from "./store.ts";

/** What an archive begins with: https://github.com/mongodb/mongo-tools/blob/master/common/archive/archive.go */
const archiveMagic = Buffer.from("6de29981", "hex");

/**
 * Looks whether one of some files is an archive of mongodump, which holds all collections in one file.
 * @throws {BackupError} if one is
 */
export async function refuseArchives(store: BackupStore, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const plain = await beginsAsArchive(store.read(path));
    // What is not compressed at all is none, either.
    if (!plain && !(await beginsAsArchive(decompressed(store.read(path))).catch(() => false))) continue;
    throw new BackupError(
      `${path} in ${store.address} was made by mongodump --archive, and this reads a folder only. Restore it with ` +
        `mongorestore --archive=${path}${plain ? "" : " --gzip"}, or make the dump again with --out in place of --archive.`,
    );
  }
}

async function beginsAsArchive(pieces: AsyncIterable<Buffer>): Promise<boolean> {
  for await (const piece of pieces) return piece.subarray(0, archiveMagic.length).equals(archiveMagic);
  return false;
}
