import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { BSON, type Db } from "mongodb";
import { erasuresCollection } from "../../service/data-map.ts";
import { createExclusively } from "../../service/local/exclusive-file.ts";
import { OperatorError } from "../cli/errors.ts";
import { batchSize } from "./erasures.ts";

/** An erasure record, as the service writes it. */
export interface Erasure {
  readonly _id: string;
  readonly deletedAt: Date;
}

/**
 * Writes the erasure records to a file: a restore of the whole cluster loses them. Each line is a record in Extended JSON, and the
 * last line contains their number.
 *
 * @returns the number of records
 * @throws {OperatorError} if the file exists: it may name users that the database no longer knows
 */
export async function exportErasures(database: Db, file: string): Promise<number> {
  const records = await database.collection(erasuresCollection).find({}).toArray();
  const lines = [...records, { users: records.length }].map((line) => `${BSON.EJSON.stringify(line)}\n`);
  const isCreated = await createExclusively(file, lines.join("")).catch((error: Error) => {
    throw new OperatorError("erasures-file-not-written", {
      what: `${file} was not written.`,
      why: `${error.message}.`,
      action: "Choose a file in a folder that you can write to.",
      cause: error,
    });
  });
  if (isCreated) return records.length;
  throw fileExists(file);
}

/**
 * The number of records that {@link exportErasures} would write.
 * @throws {OperatorError} if the file exists
 */
export async function countErasures(database: Db, file: string): Promise<number> {
  if (existsSync(file)) throw fileExists(file);
  return database.collection(erasuresCollection).countDocuments();
}

const fileExists = (file: string) =>
  new OperatorError("erasures-file-exists", {
    what: `${file} exists, and was not changed.`,
    why: "It may name users that the database no longer knows.",
    action: "Continue with this file if it belongs to this restore. Otherwise choose another file.",
  });

/** Imports erasure records. It is safe to repeat. */
export async function importErasures(database: Db, records: readonly Erasure[]): Promise<void> {
  for (let from = 0; from < records.length; from += batchSize) {
    await database
      .collection<Erasure>(erasuresCollection)
      .bulkWrite(
        records
          .slice(from, from + batchSize)
          .map(({ _id, ...record }) => ({
            updateOne: { filter: { _id }, update: { $setOnInsert: record }, upsert: true },
          })),
      );
  }
}

/**
 * Reads a file of {@link exportErasures}.
 * @throws {OperatorError} if it is not complete
 */
export async function readErasures(file: string): Promise<Erasure[]> {
  try {
    const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
    const { users } = BSON.EJSON.parse(lines.pop()!) as { users?: number };
    const records = lines.map((line) => BSON.EJSON.parse(line) as Erasure);
    if (users === records.length && records.every(isErasure)) return records;
    throw new Error("its last line does not match the others");
  } catch (error) {
    throw new OperatorError("erasures-file-invalid", {
      what: `${file} is not a complete file of erasure records, and nothing was changed.`,
      why: `Reading it failed: ${(error as Error).message}.`,
      action: "Use the unchanged file that `erasures export` wrote.",
      cause: error,
    });
  }
}

const isErasure = ({ _id, deletedAt }: Partial<Erasure>): boolean =>
  typeof _id === "string" && deletedAt instanceof Date;
