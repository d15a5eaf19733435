import { databaseAddress, withDatabase } from "./database.ts";
import { keepErasures, takeOverErasures } from "./erasure-record.ts";
import { applyErasures } from "./erasures.ts";

/**
 * `npm run ops -- erasures keep`
 * @throws {BackupError} if the database cannot be read, or the file is there already
 */
export async function keep({ to }: { to: string }): Promise<void> {
  await withDatabase(databaseAddress(process.env), "Nothing was kept: run this again.", async (database) => {
    const users = await keepErasures(database, to);
    console.log(`kept in ${to}: ${users} deleted users of ${database.databaseName}`);
  });
}

/**
 * `npm run ops -- erasures apply`
 * @throws {BackupError} if the file is not whole, or the database refuses
 */
export async function apply({ from }: { from: string }): Promise<void> {
  await withDatabase(databaseAddress(process.env), "Run this again: it goes on.", async (database) => {
    const users = await takeOverErasures(database, from);
    const documents = await applyErasures(database);
    console.log(
      `${users} deleted users of ${from} are known to ${database.databaseName}; ${documents} documents of deleted users were ` +
        "deleted again",
    );
  });
}
