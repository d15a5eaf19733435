import { readFile } from "node:fs/promises";
import { BSON, type Db } from "mongodb";
import { createExclusively } from "../../service/local/exclusive-file.ts";
import { batchSize, erasuresCollection } from "./erasures.ts";
import { BackupError } from "./errors.ts";

/** As the service writes it. */
interface Erasure {
  readonly _id: string;
  readonly deletedAt: Date;
}

/**
 * Writes the record of deleted users to a file: what a restore of the whole cluster would make the database forget. A line for each,
 * in Extended JSON, and a last one that tells how many there are.
 *
 * @returns how many users it names
 * @throws {BackupError} if there is such a file, which may name users whom the database has forgotten since
 */
export async function exportErasures(database: Db, file: string): Promise<number> {
  const marks = await database.collection(erasuresCollection).find({}).toArray();
  const lines = [...marks, { users: marks.length }].map((line) => `${BSON.EJSON.stringify(line)}\n`);
  const created = await createExclusively(file, lines.join("")).catch((error: Error) => {
    throw new BackupError(`The record was not written: ${error.message}. Name a file in a folder of yours.`, {
      cause: error,
    });
  });
  if (created) return marks.length;
  throw new BackupError(
    `${file} is there already, and is left as it is: it may name users whom the database has forgotten since. Go on with it if ` +
      "it is of this restore, or else name another file.",
  );
}

/**
 * Takes over what a file of {@link exportErasures} tells. Again is safe.
 *
 * @returns how many users it names
 * @throws {BackupError} if the file is not whole
 */
export async function importErasures(database: Db, file: string): Promise<number> {
  const marks = await readErasures(file);
  for (let from = 0; from < marks.length; from += batchSize) {
    await database.collection<Erasure>(erasuresCollection).bulkWrite(
      marks.slice(from, from + batchSize).map(({ _id, ...mark }) => ({
        updateOne: { filter: { _id }, update: { $setOnInsert: mark }, upsert: true },
      })),
    );
  }
  return marks.length;
}

async function readErasures(file: string): Promise<Erasure[]> {
  const text = await readFile(file, "utf8").catch((error: Error) => {
    throw new BackupError(
      `The record was not read: ${error.message}. Name the file that \`erasures keep\` wrote.`,
      {
        cause: error,
      },
    );
  });
  try {
    const lines = text.trimEnd().split("\n");
    const { users } = BSON.EJSON.parse(lines.pop()!) as { users?: number };
    const marks = lines.map((line) => BSON.EJSON.parse(line) as Erasure);
    if (users === marks.length && marks.every(isErasure)) return marks;
  } catch {
    // Not even JSON: it is no record, either.
  }
  throw new BackupError(
    `${file} is no whole record of deleted users: its last line does not fit the others. Nothing was changed. Name the file that ` +
      "`erasures keep` wrote, as it was.",
  );
}

const isErasure = ({ _id, deletedAt }: Partial<Erasure>): boolean =>
  typeof _id === "string" && deletedAt instanceof Date;
