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
    .action(async (options: { to: string }) => (await import("./erasures-actions.ts")).keep(options));
  erasures
    .command("apply")
    .description("after: take the record over, and delete those users again with all that is theirs")
    .requiredOption("--from <file>", "what `erasures keep` wrote")
    .action(async (options: { from: string }) => (await import("./erasures-actions.ts")).apply(options));
}
