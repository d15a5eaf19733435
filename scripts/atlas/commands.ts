import { type Command, InvalidArgumentError, Option } from "commander";
import { deployedEnvironments } from "../../service/contract.ts";
import type { AtlasOptions, AtlasRestoreOptions } from "./actions.ts";

/** Adds `atlas` to a program. */
export function registerAtlas(program: Command): void {
  const atlas = program
    .command("atlas")
    .description(
      "snapshots and restores in MongoDB Atlas, as the service account of MONGODB_ATLAS_CLIENT_ID",
    );
  atlas
    .command("status")
    .description(
      "show the cluster, its newest snapshot and what can be restored; fails when a snapshot is late",
    )
    .addOption(environmentOption())
    .option("--json", "for machines")
    .action(async (options: AtlasOptions) => (await import("./actions.ts")).status(options));
  atlas
    .command("snapshots")
    .description("show all snapshots, oldest first")
    .addOption(environmentOption())
    .option("--create <why>", "take one now instead, wait for it, and show it")
    .option("--json", "for machines")
    .action(async (options: AtlasOptions & { create?: string }) =>
      (await import("./actions.ts")).snapshots(options),
    );
  atlas
    .command("restore")
    .description("restore a snapshot, or any moment, into a cluster that is there already, and wait for it")
    .addOption(environmentOption())
    .option("--snapshot <id>", "the snapshot, or `latest`")
    .option("--point-in-time <time>", "the moment, to the second, such as 2026-11-22T22:30:00Z", time)
    .requiredOption("--target <cluster>", "the cluster that gets the data; what it holds is deleted")
    .option("--target-project <name>", "its project (default: the environment's)")
    .option("--replace <cluster>", "once more the target's name, if it is the environment's own cluster")
    .option("--yes", "without a question, for scripts")
    .option(
      "--dry-run",
      "say what would be called, with the same for the Atlas CLI, and call nothing that changes",
    )
    .option("--wait-minutes <n>", "how long to wait for the end", minutes, 120)
    .option("--json", "for machines")
    .addHelpText(
      "after",
      "\nRun again, it goes on waiting for a job that it has begun. See docs/atlas.md and runbooks/restore-from-atlas.md.",
    )
    .action(async (options: AtlasRestoreOptions) => (await import("./actions.ts")).restoreFromAtlas(options));
}

const environmentOption = () =>
  new Option("--environment <name>", "whose backups").choices(deployedEnvironments).makeOptionMandatory();

function minutes(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 1_440) return number;
  throw new InvalidArgumentError("It must be a whole number of minutes, from 1 to 1440.");
}

function time(text: string): Date {
  const date = new Date(text);
  if (/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError("It must be a time with its zone, such as 2026-11-22T22:30:00Z.");
}
