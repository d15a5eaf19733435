import { readFile } from "node:fs/promises";
import { BSON, type Db } from "mongodb";
import { activities } from "../../service/contract.ts";
import { createExclusively } from "../../service/local/exclusive-file.ts";
import { BackupError } from "./errors.ts";
import { insertRaw, rawFind } from "./raw-documents.ts";

/** Users who had themselves deleted: `{ _id: user's id, deletedAt }`. */
export const erasures = "erasures";

/** Where the documents of a user are, and the field that names the user. */
const traces = [
  { collection: "users", field: "_id" },
  { collection: activities.collection, field: activities.userField },
] as const;

const batchSize = 1_000;

/**
 * Takes over what another database knows of deleted users.
 * @param validated the collection that they are copied to has a validator
 */
export async function copyErasures(from: Db, to: Db, validated: boolean): Promise<void> {
  for await (const documents of rawFind(from, erasures)) {
    await insertRaw(to, erasures, Buffer.concat([...documents]), {
      keepExisting: true,
      bypassValidation: validated,
    });
  }
}

/**
 * Deletes the users who had themselves deleted after the backup was made, with all that is theirs.
 * @returns how many documents were deleted
 */
export async function applyErasures(database: Db): Promise<number> {
  const marks = database.collection<{ _id: string }>(erasures);
  let deleted = 0;
  let ids: string[];
  let last = "";
  do {
    const page = await marks
      .find({ _id: { $gt: last } })
      .sort({ _id: 1 })
      .limit(batchSize)
      .toArray();
    ids = page.map(({ _id }) => _id);
    for (const { collection, field } of traces) {
      const { deletedCount } = await database.collection(collection).deleteMany({ [field]: { $in: ids } });
      deleted += deletedCount;
    }
    last = ids.at(-1) ?? last;
  } while (ids.length === batchSize);
  return deleted;
}

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
export async function keepErasures(database: Db, file: string): Promise<number> {
  const marks = await database.collection(erasures).find({}).toArray();
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
 * Takes over what a file of {@link keepErasures} tells. Again is safe.
 *
 * @returns how many users it names
 * @throws {BackupError} if the file is not whole
 */
export async function takeOverErasures(database: Db, file: string): Promise<number> {
  const marks = await readRecord(file);
  for (let from = 0; from < marks.length; from += batchSize) {
    await database.collection<Erasure>(erasures).bulkWrite(
      marks.slice(from, from + batchSize).map(({ _id, ...mark }) => ({
        updateOne: { filter: { _id }, update: { $setOnInsert: mark }, upsert: true },
      })),
    );
  }
  return marks.length;
}

async function readRecord(file: string): Promise<Erasure[]> {
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
