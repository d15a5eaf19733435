import { z } from "zod";
import { ConfigurationError } from "../../../service/config.ts";
import {
  byAge,
  type ClusterBackups,
  type ClusterPlace,
  type RestoreJob,
  type RestorePoint,
  type Snapshot,
} from "./backups.ts";
import type { AtlasClient } from "./client.ts";
import { operations } from "./operations.ts";

const phase = z.enum(["PENDING", "QUEUED", "RUNNING", "FAILED", "COMPLETED"]);

const snapshotAnswer = z.object({
  id: z.string(),
  status: phase,
  startTime: z.string().optional(),
  expiration: z.string().optional(),
  mongoDBVersion: z.string().optional(),
});

const jobAnswer = z.object({
  id: z.string(),
  status: phase,
  deliveryType: z.string().optional(),
  restoreFinishedDate: z.string().optional(),
  snapshotId: z.string(),
  targetDeploymentItemName: z.string().optional(),
  targetProjectId: z.string().optional(),
});

/** Backups of a Flex cluster: Atlas takes a snapshot each day, and nothing else. */
export class FlexBackups implements ClusterBackups {
  readonly #client: AtlasClient;
  readonly #parameters: { groupId: string; name: string };

  constructor(client: AtlasClient, { projectId, cluster }: ClusterPlace) {
    this.#client = client;
    this.#parameters = { groupId: projectId, name: cluster };
  }

  async snapshots(): Promise<Snapshot[]> {
    const call = { operation: operations.listFlexSnapshots, parameters: this.#parameters };
    const snapshots = await this.#client.list(call, snapshotAnswer);
    return snapshots
      .map(
        ({ id, status, startTime, expiration, mongoDBVersion }): Snapshot => ({
          id,
          state: simpleState(status, "pending"),
          takenAt: startTime,
          expiresAt: expiration,
          frequency: "daily",
          version: mongoDBVersion,
        }),
      )
      .sort(byAge);
  }

  async jobs(): Promise<RestoreJob[]> {
    const call = { operation: operations.listFlexJobs, parameters: this.#parameters };
    const jobs = await this.#client.list(call, jobAnswer);
    return jobs.filter(({ deliveryType }) => deliveryType !== "DOWNLOAD").map(asJob);
  }

  async job(id: string, signal?: AbortSignal): Promise<RestoreJob> {
    return asJob(await this.#client.send(this.jobCall(id), jobAnswer, signal));
  }

  async start(point: RestorePoint, target: ClusterPlace): Promise<RestoreJob> {
    return asJob(await this.#client.send(this.startCall(point, target), jobAnswer));
  }

  /** @throws {ConfigurationError} when asked for a moment between two snapshots */
  startCall(point: RestorePoint, { projectId, cluster }: ClusterPlace) {
    if (!("snapshotId" in point)) throw noPointInTime();
    return {
      operation: operations.restoreFlexSnapshot,
      parameters: this.#parameters,
      body: {
        snapshotId: point.snapshotId,
        targetDeploymentItemName: cluster,
        targetProjectId: projectId,
      },
    };
  }

  jobCall(restoreJobId: string) {
    return { operation: operations.getFlexJob, parameters: { ...this.#parameters, restoreJobId } };
  }
}

/** Why no moment between two snapshots can be restored. */
export const noPointInTime = () =>
  new ConfigurationError(
    "This environment's cluster is a Flex cluster, which keeps one snapshot a day and no log between them. Restore with " +
      "--snapshot, or one of our own dumps, made every four hours: `npm run ops -- restore --from PLACE --before TIME`.",
  );

function asJob(answer: z.infer<typeof jobAnswer>): RestoreJob {
  return {
    id: answer.id,
    state: simpleState(answer.status, "running"),
    target: { projectId: answer.targetProjectId ?? "", cluster: answer.targetDeploymentItemName ?? "" },
    point: { snapshotId: answer.snapshotId },
    finishedAt: answer.restoreFinishedDate,
  };
}

function simpleState<T extends "pending" | "running">(
  status: z.infer<typeof phase>,
  unfinished: T,
): "completed" | "failed" | T {
  if (status === "COMPLETED") return "completed";
  return status === "FAILED" ? "failed" : unfinished;
}
