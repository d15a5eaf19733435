import { type Command, InvalidArgumentError } from "commander";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { OperatorError } from "../cli/errors.ts";
import { runInterruptible } from "../cli/interruptible.ts";
import {
  dryRunOption,
  environmentOption,
  jsonOption,
  replaceOption,
  wholeNumberParser,
  yesOption,
} from "../cli/options.ts";
import { printJson } from "../cli/output.ts";
import { confirm } from "../cli/prompt.ts";
import type { AtlasClient } from "./client.ts";
import type { RestoreRequest } from "./restore.ts";
import type { Operator } from "./waiting.ts";

/** Adds `atlas` to a program. */
export function registerAtlas(program: Command): void {
  const atlas = program
    .command("atlas")
    .description("snapshots and restores in MongoDB Atlas, as the service account of MONGODB_ATLAS_CLIENT_ID");
  atlas
    .command("status")
    .description("show the cluster, its newest snapshot and the point-in-time window; fails if a snapshot is overdue")
    .addOption(environmentOption().makeOptionMandatory())
    .addOption(jsonOption())
    .action(status);
  atlas
    .command("snapshots")
    .description("show all snapshots, oldest first")
    .addOption(environmentOption().makeOptionMandatory())
    .option("--create <description>", "take one now instead, wait for it, and show it")
    .addOption(dryRunOption("with --create: print the API calls, and take no snapshot"))
    .addOption(jsonOption())
    .action(snapshots);
  atlas
    .command("restore")
    .description("restore a snapshot or a point in time into an existing cluster, and wait for completion")
    .addOption(environmentOption().makeOptionMandatory())
    .option("--snapshot <id>", "the snapshot, or `latest`")
    .option("--point-in-time <time>", "the time, to the second, such as 2026-11-22T22:30:00Z", parseTimestamp)
    .requiredOption("--target <cluster>", "the cluster that receives the data; its current data is deleted")
    .option("--target-project <name>", "its project (default: the environment's)")
    .addOption(replaceOption("the target's name again, if it is the environment's own cluster"))
    .addOption(yesOption())
    .addOption(dryRunOption("print the API calls and the equivalent Atlas CLI commands, and change nothing"))
    .option("--wait-minutes <n>", "how long to wait for completion", wholeNumberParser("minutes", 1, 1_440), 120)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nRun it again to continue to wait for its job. See docs/atlas.md and runbooks/restore-from-atlas.md.",
    )
    .action(restore);
}

interface AtlasOptions {
  readonly environment: DeployedEnvironment;
  readonly json?: boolean;
}

/** Exits with 1 if the newest snapshot is overdue. */
async function status({ environment, json }: AtlasOptions): Promise<void> {
  const { readStatus, formatStatus } = await import("./status.ts");
  const found = await readStatus(await connect(), environment);
  print(found, json, formatStatus);
  if (found.isOverdue) process.exitCode = 1;
}

async function snapshots(options: AtlasOptions & { create?: string; dryRun?: boolean }): Promise<void> {
  const { environment, json, create, dryRun } = options;
  const { findBackedUpCluster } = await import("./clusters.ts");
  const { formatSnapshots, planSnapshot, takeSnapshot } = await import("./snapshots.ts");
  const client = await connect();
  if (create !== undefined && dryRun) {
    const { formatCalls } = await import("./operations.ts");
    const calls = await planSnapshot(client, environment, create);
    return print(calls, json, () =>
      calls.length > 0 ? formatCalls(calls) : ["would wait for the snapshot in progress"],
    );
  }
  const found =
    create === undefined
      ? await (await findBackedUpCluster(client, environment)).backups.listSnapshots()
      : [await takeSnapshot(client, environment, create, { log, interruptible: runInterruptible })];
  print(found, json, () => (found.length > 0 ? formatSnapshots(found) : ["no snapshots"]));
}

interface RestoreOptions extends Omit<RestoreRequest, "point"> {
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly snapshot?: string;
  /** Seconds since the epoch. */
  readonly pointInTime?: number;
  readonly yes?: boolean;
}

async function restore(options: RestoreOptions): Promise<void> {
  const { snapshot, pointInTime, yes, dryRun, json, ...request } = options;
  if ((snapshot === undefined) === (pointInTime === undefined)) {
    throw new OperatorError("restore-point-ambiguous", {
      what: "It is not clear what to restore.",
      why: "The command needs either --snapshot or --point-in-time.",
      action: "Add one of them. `atlas snapshots` and `atlas status` show what can be restored.",
    });
  }
  const { planRestore, restore } = await import("./restore.ts");
  const point = pointInTime ? { utcSeconds: pointInTime } : { snapshotId: snapshot! };
  if (dryRun) {
    const { formatCalls } = await import("./operations.ts");
    return print(await planRestore(await connect(), { ...request, point }), json, formatCalls);
  }
  const confirmDeletion = (name: string) =>
    confirm({ consequence: `This deletes all data of the cluster ${name}.`, name, yes });
  const operator: Operator = { log, interruptible: runInterruptible, confirm: confirmDeletion };
  const job = await restore(await connect(), { ...request, point }, operator);
  const { id, target, finishedAt } = job;
  print(job, json, () => [
    `restored into ${target.cluster} by job ${id}${finishedAt ? `, finished at ${finishedAt}` : ""}`,
  ]);
}

async function connect(): Promise<AtlasClient> {
  const { AtlasClient } = await import("./client.ts");
  const { readCredentials } = await import("./credentials.ts");
  const { systemTime } = await import("./waiting.ts");
  return new AtlasClient(readCredentials(process.env), systemTime);
}

/** Results go to standard output, progress to standard error. */
const log = (line: string): void => console.error(line);

function print<Result>(result: Result, json: boolean | undefined, lines: (result: Result) => readonly string[]): void {
  if (json) printJson(result);
  else console.log(lines(result).join("\n"));
}

/** Parses a time into seconds since the epoch. */
function parseTimestamp(text: string): number {
  const milliseconds = Date.parse(text);
  if (/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) && milliseconds) return Math.floor(milliseconds / 1_000);
  throw new InvalidArgumentError("It must be a time with its zone, such as 2026-11-22T22:30:00Z.");
}
