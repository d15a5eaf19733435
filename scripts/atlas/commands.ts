import { type Command, InvalidArgumentError } from "commander";
import { ConfigurationError } from "../../service/config.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { runInterruptible } from "../cli/interruptible.ts";
import { dryRunOption, environmentOption, jsonOption, wholeNumberParser, yesOption } from "../cli/options.ts";
import { prompt } from "../cli/prompt.ts";
import type { AtlasClient } from "./client.ts";
import type { Operator } from "./restore.ts";

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
    .addOption(environmentOption().makeOptionMandatory())
    .addOption(jsonOption())
    .action(status);
  atlas
    .command("snapshots")
    .description("show all snapshots, oldest first")
    .addOption(environmentOption().makeOptionMandatory())
    .option("--create <why>", "take one now instead, wait for it, and show it")
    .addOption(jsonOption())
    .action(snapshots);
  atlas
    .command("restore")
    .description("restore a snapshot, or any moment, into a cluster that is there already, and wait for it")
    .addOption(environmentOption().makeOptionMandatory())
    .option("--snapshot <id>", "the snapshot, or `latest`")
    .option(
      "--point-in-time <time>",
      "the moment, to the second, such as 2026-11-22T22:30:00Z",
      parseTimestamp,
    )
    .requiredOption("--target <cluster>", "the cluster that gets the data; what it holds is deleted")
    .option("--target-project <name>", "its project (default: the environment's)")
    .option("--replace <cluster>", "once more the target's name, if it is the environment's own cluster")
    .addOption(yesOption())
    .addOption(dryRunOption("print the calls, with the same for the Atlas CLI, and change nothing"))
    .option("--wait-minutes <n>", "how long to wait for the end", wholeNumberParser("minutes", 1, 1_440), 120)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nRun again, it goes on waiting for a job that it has begun. See docs/atlas.md and runbooks/restore-from-atlas.md.",
    )
    .action(restore);
}

interface AtlasOptions {
  readonly environment: DeployedEnvironment;
  readonly json?: boolean;
}

/** Ends with 1 when the newest snapshot is older than promised. */
async function status({ environment, json }: AtlasOptions): Promise<void> {
  const { readStatus, formatStatus } = await import("./status.ts");
  const found = await readStatus(await connect(), environment);
  print(found, json, formatStatus);
  if (found.isOverdue) process.exitCode = 1;
}

async function snapshots(options: AtlasOptions & { create?: string }): Promise<void> {
  const { environment, json, create } = options;
  const { findBackedUpCluster } = await import("./clusters.ts");
  const { formatSnapshots, takeSnapshot } = await import("./snapshots.ts");
  const client = await connect();
  const found =
    create === undefined
      ? await (await findBackedUpCluster(client, environment)).backups.listSnapshots()
      : [await takeSnapshot(client, environment, create, { log, interruptible: runInterruptible })];
  print(found, json, () => (found.length > 0 ? formatSnapshots(found) : ["no snapshots"]));
}

interface RestoreOptions extends AtlasOptions {
  readonly snapshot?: string;
  readonly pointInTime?: Date;
  readonly target: string;
  readonly targetProject?: string;
  readonly replace?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly waitMinutes: number;
}

async function restore(options: RestoreOptions): Promise<void> {
  const { snapshot, pointInTime, waitMinutes, yes, json, ...rest } = options;
  if ((snapshot === undefined) === (pointInTime === undefined)) {
    throw new ConfigurationError(
      "It is not clear what to restore: give --snapshot or --point-in-time, and not both. `atlas snapshots` and `atlas status` " +
        "show what can be restored.",
    );
  }
  const { restore } = await import("./restore.ts");
  const point = pointInTime ? { pointInTime } : { snapshot: snapshot! };
  const operator: Operator = {
    log,
    interruptible: runInterruptible,
    confirm: yes ? async () => {} : confirm,
  };
  const job = await restore(await connect(), { ...rest, point, timeoutMinutes: waitMinutes }, operator);
  if (!job) return;
  const { id, target, finishedAt } = job;
  print(job, json, () => [
    `restored into ${target.cluster} by job ${id}${finishedAt ? `, finished at ${finishedAt}` : ""}`,
  ]);
}

async function confirm(cluster: string): Promise<void> {
  const typed = await prompt(`This deletes all that the cluster ${cluster} holds. Type its name to go on: `);
  if (typed === cluster) return;
  throw new ConfigurationError(
    `The cluster is ${cluster}, and ${typed ? `${typed} was typed` : "no name was typed"}: nothing was changed. Type its name, ` +
      "or give --yes in scripts.",
  );
}

async function connect(): Promise<AtlasClient> {
  const { AtlasClient } = await import("./client.ts");
  const { readCredentials } = await import("./credentials.ts");
  const { systemTime } = await import("./waiting.ts");
  return new AtlasClient(readCredentials(process.env), systemTime);
}

/** Progress goes where results do not. */
const log = (line: string): void => console.error(line);

function print<Result>(
  result: Result,
  json: boolean | undefined,
  lines: (result: Result) => readonly string[],
): void {
  console.log(json ? JSON.stringify(result, null, 2) : lines(result).join("\n"));
}

function parseTimestamp(text: string): Date {
  const date = new Date(text);
  if (/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError("It must be a time with its zone, such as 2026-11-22T22:30:00Z.");
}
