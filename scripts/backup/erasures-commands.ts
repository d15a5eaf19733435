import type { Command } from "commander";

/** Adds `erasures` to a program. */
export function registerErasures(program: Command): void {
  const erasures = program
    .command("erasures")
    .description("who had themselves deleted, so that no restore of a cluster brings them back");
  erasures
    .command("keep")
    .description("before: write the record of deleted users to a file, which must not be there")
    .requiredOption("--to <file>", "the file")
    .action(keep);
  erasures
    .command("apply")
    .description("after: take the record over, and delete those users again with all that is theirs")
    .requiredOption("--from <file>", "what `erasures keep` wrote")
    .action(apply);
}

async function keep({ to }: { to: string }): Promise<void> {
  const { databaseAddress, withDatabase } = await import("./database.ts");
  const { keepErasures } = await import("./erasures.ts");
  await withDatabase(databaseAddress(process.env), "Nothing was kept: run this again.", async (database) => {
    const users = await keepErasures(database, to);
    console.log(`kept in ${to}: ${users} deleted users of ${database.databaseName}`);
  });
}

async function apply({ from }: { from: string }): Promise<void> {
  const { databaseAddress, withDatabase } = await import("./database.ts");
  const { applyErasures, takeOverErasures } = await import("./erasures.ts");
  await withDatabase(databaseAddress(process.env), "Run this again: it goes on.", async (database) => {
    const users = await takeOverErasures(database, from);
    const documents = await applyErasures(database);
    console.log(
      `${users} deleted users of ${from} are known to ${database.databaseName}; ${documents} documents of deleted users were ` +
        "deleted again",
    );
  });
}
