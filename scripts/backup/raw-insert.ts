import type { Db } from "mongodb";
import { makeDocumentSequence } from "mongodb/lib/cmap/commands.js";
import { BackupError } from "./errors.ts";

/** DuplicateKey. */
const duplicateKey = 11_000;

export interface InsertRawOptions {
  /**
   * Documents whose `_id` is taken are left out, and that is no error.
   * @default they are refused
   */
  readonly keepExisting?: boolean;
  /**
   * The collection has a validator, which may be younger than documents that it would refuse. To bypass it is a privilege
   * that the role `readWrite` lacks, and the server asks for it even where there is no validator.
   * @default it has none
   */
  readonly bypassValidation?: boolean;
}

/**
 * Inserts documents that follow each other as they are, byte for byte. The driver's `insertMany` takes objects, and those lose the order of keys such
 * as "1", doubled keys and old types; inside, it sends such a sequence itself.
 *
 * @throws {BackupError} if the server refuses one
 */
export async function insertRaw(
  database: Db,
  collection: string,
  documents: Buffer,
  { keepExisting = false, bypassValidation = false }: InsertRawOptions = {},
): Promise<void> {
  if (documents.length === 0) return;
  const answer = await database.command({
    insert: collection,
    documents: makeDocumentSequence("documents", [documents], [documents]),
    ordered: !keepExisting,
    ...(bypassValidation && { bypassDocumentValidation: true }),
    writeConcern: { w: "majority" },
  });
  const errors = ((answer.writeErrors ?? []) as { code: number; errmsg: string }[]).filter(
    ({ code }) => !(keepExisting && code === duplicateKey),
  );
  if (errors[0]) {
    throw new BackupError(
      `The database refused a document of ${collection}: ${errors[0].errmsg}. Restore into a server of the same version or a ` +
        "newer one, and let nobody write to it meanwhile.",
    );
  }
}
