import type { DeployedEnvironment } from "../../service/contract.ts";
import { OperatorError } from "../cli/errors.ts";
import { type ClusterRef, isSameCluster, type RestoreJob, type RestorePoint } from "./backups.ts";
import { type AtlasClient, AtlasError } from "./client.ts";
import { type EnvironmentCluster, findBackedUpCluster, findProject } from "./clusters.ts";
import { type PlannedCall, toCliCommand, toPlannedCall } from "./operations.ts";
import { choosePoint, formatPoint, matchesRequest } from "./restore-point.ts";
import { checkSettings, findTarget } from "./restore-target.ts";
import { type Operator, waitForCompletion } from "./waiting.ts";

/** What to restore, and into which cluster. */
export interface RestoreRequest {
  /** The environment whose backups are restored. */
  readonly environment: DeployedEnvironment;
  readonly point: RestorePoint;
  /** Name of the cluster that receives the data. The restore deletes its current data. */
  readonly target: string;
  /** Name of the target's project. @default the environment's own */
  readonly targetProject?: string | undefined;
  /** The target's name again, if it is the environment's own cluster. */
  readonly replace?: string | undefined;
  /** The restore continues after this time. */
  readonly waitMinutes: number;
}

/** A restore whose request is checked. */
interface PreparedRestore {
  readonly source: EnvironmentCluster;
  readonly target: ClusterRef;
  readonly point: RestorePoint;
  /** The job of the same restore that is already in progress. */
  readonly running: RestoreJob | undefined;
}

async function prepare(client: AtlasClient, request: RestoreRequest): Promise<PreparedRestore> {
  const source = await findBackedUpCluster(client, request.environment);
  const { backups } = source;
  const target: ClusterRef = {
    cluster: request.target,
    projectId: request.targetProject ? await findProject(client, request.targetProject) : source.ref.projectId,
  };
  const running = (await backups.listRestoreJobs()).find(
    (job) => job.state === "running" && isSameCluster(job.target, target),
  );
  if (running) checkNoOtherRestore(running, request.point);
  const cluster = running ? undefined : await findTarget(client, source, target, request.replace);
  const point = running?.point ?? (await choosePoint(source, request.point, client.time.clock()));
  if (cluster) await checkSettings(source, cluster, point);
  return { source, target, point, running };
}

/**
 * The calls of {@link restore}, which this does not make.
 * @throws {OperatorError} if it cannot be restored
 */
export async function planRestore(client: AtlasClient, request: RestoreRequest): Promise<PlannedCall[]> {
  const { source, target, point, running } = await prepare(client, request);
  const { backups } = source;
  const calls = running
    ? [backups.toJobCall(running.id)]
    : [backups.toStartCall(point, target), backups.toJobCall("JOB")];
  return calls.map(toPlannedCall);
}

/**
 * Restores a snapshot or a point in time into an existing cluster, and waits for completion. Continues to wait if the same
 * restore is already in progress.
 *
 * @returns the completed job
 * @throws {OperatorError} if it cannot be restored, the operator does not confirm, or the restore fails
 */
export async function restore(client: AtlasClient, request: RestoreRequest, operator: Operator): Promise<RestoreJob> {
  const { source, target, point, running } = await prepare(client, request);
  const { backups } = source;
  if (!running) await operator.confirm(target.cluster);
  const { id } = running ?? (await startRestore(source, point, target));
  operator.log(
    `${running ? "continuing to wait for" : "began"} restore job ${id}: ${formatPoint(point)} into ${target.cluster}`,
  );
  const job = await waitForCompletion(
    {
      what: `restore job ${id}`,
      read: (signal) => backups.getRestoreJob(id, signal),
      isDone: ({ state }) => state !== "running",
      follow: toCliCommand(backups.toJobCall(id)),
      timeoutMinutes: request.waitMinutes,
    },
    client.time,
    operator,
  );
  if (job.state === "completed") return job;
  throw new OperatorError("atlas-restore-failed", {
    what: `The restore job ${id} of ${formatPoint(point)} into ${target.cluster} ended with the state ${job.state}.`,
    why: "Atlas names the reason under Backup, Restore History. The data in the target is not usable.",
    action: "Run this again, or with another snapshot.",
  });
}

/** Starts a job. If the call fails in a way that leaves this open, the list of jobs shows whether it started. */
async function startRestore(
  { backups }: EnvironmentCluster,
  point: RestorePoint,
  target: ClusterRef,
): Promise<RestoreJob> {
  try {
    return await backups.startRestore(point, target);
  } catch (error) {
    if (error instanceof AtlasError && error.status < 500 && error.status !== 409) throw error;
    const started = (await backups.listRestoreJobs()).find(
      (job) => job.state === "running" && isSameCluster(job.target, target) && matchesRequest(job.point, point),
    );
    if (started) return started;
    throw error;
  }
}

function checkNoOtherRestore({ id, point, target }: RestoreJob, requested: RestorePoint): void {
  if (matchesRequest(point, requested)) return;
  throw new OperatorError("another-restore-in-progress", {
    what: `Job ${id} already restores ${formatPoint(point)} into ${target.cluster}.`,
    why: "Two restores into one cluster would destroy each other's data.",
    action: "Wait until it is complete, or cancel it in Atlas (Backup, Restore History).",
  });
}
