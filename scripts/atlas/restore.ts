import { ConfigurationError } from "../../service/config.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import type { Interruption } from "../cli/interruptible.ts";
import { type ClusterRef, isSameCluster, type RestoreJob, type RestorePoint } from "./backups.ts";
import { type AtlasClient, AtlasError } from "./client.ts";
import { type BackedUpCluster, findBackedUpCluster, findCluster, findProject } from "./clusters.ts";
import { type AtlasCall, toCliCommand, toPath } from "./operations.ts";
import {
  choosePoint,
  formatPoint,
  isSamePoint,
  matchesRequest,
  type RequestedPoint,
} from "./restore-point.ts";
import { waitForCompletion } from "./waiting.ts";

/** What is to be restored, and where to. */
export interface RestoreRequest {
  /** Whose backups. */
  readonly environment: DeployedEnvironment;
  readonly point: RequestedPoint;
  /** Name of the cluster that gets the data, and loses all that it holds. */
  readonly target: string;
  /** Name of the project of that cluster. @default the environment's own */
  readonly targetProject?: string | undefined;
  /** Once more the target's name, when it is the environment's own cluster. */
  readonly replace?: string | undefined;
  /** Only says what would be called. @default false */
  readonly dryRun?: boolean | undefined;
  /** Minutes to wait for the end. */
  readonly timeoutMinutes: number;
}

/** The person, or the script, that restores. */
export interface Operator {
  /** @throws {ConfigurationError} unless it is agreed that all data of this cluster be replaced */
  readonly confirm: (cluster: string) => Promise<void>;
  /** Takes a line of progress. */
  readonly log: (line: string) => void;
  /** Runs what may be interrupted; the text says what that means then. */
  readonly interruptible: <T>(
    interruption: Interruption,
    work: (signal: AbortSignal) => Promise<T>,
  ) => Promise<T>;
}

/**
 * Restores a snapshot or a point in time into an existing cluster, and waits for the end. Continues to wait if the same
 * is being restored already.
 *
 * @returns the job that has completed; undefined after a dry run
 * @throws {ConfigurationError} if it cannot be restored, or was not
 */
export async function restore(
  client: AtlasClient,
  request: RestoreRequest,
  operator: Operator,
): Promise<RestoreJob | undefined> {
  const source = await findBackedUpCluster(client, request.environment);
  const target: ClusterRef = {
    cluster: request.target,
    projectId: request.targetProject
      ? await findProject(client, request.targetProject)
      : source.ref.projectId,
  };
  const running = (await source.backups.listRestoreJobs()).find(
    (job) => job.state === "running" && isSameCluster(job.target, target),
  );
  if (running) checkNoOtherRestore(running, request.point);
  else await checkTarget(client, source, target, request.replace);
  const point = running?.point ?? (await choosePoint(source, request.point, client.time.clock()));
  if (request.dryRun) {
    const calls = running
      ? [source.backups.toJobCall(running.id)]
      : [source.backups.toStartCall(point, target), source.backups.toJobCall("JOB")];
    for (const call of calls) for (const line of formatCall(call)) operator.log(line);
    return undefined;
  }
  if (!running) await operator.confirm(target.cluster);
  const job = running ?? (await startRestore(source, point, target));
  operator.log(
    `${running ? "going on to wait for" : "began"} restore job ${job.id}: ${formatPoint(job.point)} into ${target.cluster}`,
  );
  return waitForRestore(client, source, job, request.timeoutMinutes, operator);
}

async function waitForRestore(
  { time }: AtlasClient,
  { backups }: BackedUpCluster,
  { id }: RestoreJob,
  limitMinutes: number,
  { interruptible, log }: Operator,
): Promise<RestoreJob> {
  const follow = toCliCommand(backups.toJobCall(id));
  const interruption = {
    why: `The restore continues in Atlas as job ${id}.`,
    action: `Run the same command again to wait for it, or: ${follow}`,
  };
  const job = await interruptible(interruption, (signal) =>
    waitForCompletion(
      { time, what: `restore job ${id}`, timeoutMinutes: limitMinutes, follow, log, signal },
      () => backups.getRestoreJob(id, signal),
      ({ state }) => state !== "running",
    ),
  );
  if (job.state === "completed") return job;
  const outcome = { failed: "has failed", cancelled: "was cancelled", expired: "has expired" }[
    job.state as "failed" | "cancelled" | "expired"
  ];
  throw new ConfigurationError(
    `The restore job ${id} of ${formatPoint(job.point)} into ${job.target.cluster} ${outcome}. What the target holds now is no ` +
      "restored database. Look for the reason in Atlas (Backup, Restore History); then run this again, or with another snapshot.",
  );
}

/** Begins a job. A failure that does not tell whether it began is settled by looking. */
async function startRestore(
  { backups }: BackedUpCluster,
  point: RestorePoint,
  target: ClusterRef,
): Promise<RestoreJob> {
  try {
    return await backups.startRestore(point, target);
  } catch (error) {
    if (error instanceof AtlasError && error.status < 500 && error.status !== 409) throw error;
    const begun = (await backups.listRestoreJobs()).find(
      (job) => job.state === "running" && isSameCluster(job.target, target) && isSamePoint(job.point, point),
    );
    if (begun) return begun;
    throw error;
  }
}

function checkNoOtherRestore({ id, point, target }: RestoreJob, requested: RequestedPoint): void {
  if (matchesRequest(point, requested)) return;
  throw new ConfigurationError(
    `Something else is being restored into ${target.cluster}: ${formatPoint(point)}, by job ${id}. Two restores would destroy ` +
      "each other. Wait for its end, or cancel it in Atlas (Backup, Restore History).",
  );
}

async function checkTarget(
  client: AtlasClient,
  source: BackedUpCluster,
  target: ClusterRef,
  replace: string | undefined,
): Promise<void> {
  const { cluster: name } = target;
  if (isSameCluster(source.ref, target) && replace !== name) {
    throw new ConfigurationError(
      `${name} is the very cluster whose backup is to be restored: all that was written since would be lost, and nobody could ` +
        `look at it any more. Restore into another cluster, or add --replace ${name}.`,
    );
  }
  const cluster = await findCluster(client, target);
  if (!cluster) {
    throw new ConfigurationError(
      `There is no cluster ${name} in the target's project: Atlas restores into a cluster that is there already. Create one ` +
        "with the same version of MongoDB and at least as much disk, see the runbook `restore-from-atlas`, or correct the name.",
    );
  }
  if (cluster.kind === "flex") {
    throw new ConfigurationError(
      `${name} is a Flex cluster, and cannot take the backup of a replica set on servers of its own. Create an M10 or larger.`,
    );
  }
  if (cluster.stateName !== "IDLE" || cluster.paused) {
    throw new ConfigurationError(
      `The cluster ${name} is ${cluster.paused ? "paused" : cluster.stateName}, and Atlas restores only into one that is running ` +
        "and IDLE. Wait until it is (`atlas clusters describe`), resume it if it is paused, and run this again.",
    );
  }
}

/** What a call asks for, and the same by the Atlas CLI. */
const formatCall = (call: AtlasCall): string[] => [
  `would call ${call.operation.method} ${toPath(call)}${call.body ? ` ${JSON.stringify(call.body)}` : ""}`,
  `           ${toCliCommand(call)}`,
];
