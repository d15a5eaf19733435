import { expect } from "chai";
import type { Db } from "mongodb";
import { createBackup } from "../../../scripts/backup/create.ts";
import type { Dump } from "../../../scripts/backup/dump.ts";
import { verifyBackup } from "../../../scripts/backup/verify.ts";
import { MemoryLocation } from "./memory-location.ts";

/** A dump of a database as it is now. */
export async function createDump(database: Db, store = new MemoryLocation()): Promise<Dump> {
  const { id } = await createBackup({ database, location: store, clock: Date.now });
  return (await verifyBackup(store, id)).dump;
}

/** What an operator reads of work that is refused. */
export const refusalOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => expect.fail("it was not refused"),
    (error) => {
      expect(error, error).to.have.property("name", "BackupError");
      return error.message;
    },
  );
