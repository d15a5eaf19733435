import { ConfigurationError } from "../../service/config.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { interruptible } from "../cli/interruptible.ts";
import { ask } from "../cli/prompt.ts";
import { AtlasClient } from "./client.ts";
import { findBackedUpCluster } from "./clusters.ts";
import { readAccess } from "./credentials.ts";
import { type Operator, restore } from "./restore.ts";
import { snapshotLines, takeSnapshot } from "./snapshots.ts";
import { readStatus, statusLines } from "./status.ts";
import { systemTime } from "./waiting.ts";

/** What all commands take. */
export interface AtlasOptions {
  readonly environment: DeployedEnvironment;
  /** Prints JSON on the standard output. */
  readonly json?: boolean;
}

/** What `npm run ops -- atlas restore` takes. */
export interface AtlasRestoreOptions extends AtlasOptions {
  /** A snapshot's id, or `latest`. */
  readonly snapshot?: string;
  readonly pointInTime?: Date;
  readonly target: string;
  readonly targetProject?: string;
  readonly replace?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly waitMinutes: number;
}

const connect = () => new AtlasClient(readAccess(process.env), systemTime);

/** What is told on the way goes where results do not. */
const tell = (line: string): void => console.error(line);

/** `npm run ops -- atlas status`: ends with 1 when the newest snapshot is older than promised. */
export async function status({ environment, json }: AtlasOptions): Promise<void> {
  const found = await readStatus(connect(), environment);
  console.log(json ? JSON.stringify(found, null, 2) : statusLines(found).join("\n"));
  if (found.late) process.exitCode = 1;
}

/** `npm run ops -- atlas snapshots` */
export async function snapshots(options: AtlasOptions & { create?: string }): Promise<void> {
  const { environment, json, create } = options;
  const client = connect();
  const found =
    create === undefined
      ? await (await findBackedUpCluster(client, environment)).backups.snapshots()
      : [await takeSnapshot(client, environment, create, { tell, interruptible })];
  if (json) console.log(JSON.stringify(found, null, 2));
  else console.log(found.length > 0 ? snapshotLines(found).join("\n") : "no snapshots");
}

/**
 * `npm run ops -- atlas restore`
 * @throws {ConfigurationError} if nothing was restored
 */
export async function restoreFromAtlas(options: AtlasRestoreOptions): Promise<void> {
  const { snapshot, pointInTime, waitMinutes, yes, json, ...rest } = options;
  if ((snapshot === undefined) === (pointInTime === undefined)) {
    throw new ConfigurationError(
      "It is not clear what to restore: give --snapshot or --point-in-time, and not both. `atlas snapshots` and `atlas status` " +
        "show what can be restored.",
    );
  }
  const point = pointInTime ? { pointInTime } : { snapshot: snapshot! };
  const operator: Operator = { tell, interruptible, confirm: yes ? async () => {} : confirm };
  const job = await restore(connect(), { ...rest, point, limitMinutes: waitMinutes }, operator);
  if (!job) return;
  console.log(
    json
      ? JSON.stringify(job, null, 2)
      : `restored into ${job.target.cluster} by job ${job.id}${job.finishedAt ? `, finished at ${job.finishedAt}` : ""}`,
  );
}

async function confirm(cluster: string): Promise<void> {
  const typed = await ask(`This deletes all that the cluster ${cluster} holds. Type its name to go on: `);
  if (typed === cluster) return;
  throw new ConfigurationError(
    `The cluster is ${cluster}, and ${typed ? `${typed} was typed` : "no name was typed"}: nothing was changed. Type its name, ` +
      "or give --yes in scripts.",
  );
}
