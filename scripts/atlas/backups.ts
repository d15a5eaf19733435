import * as z from "zod";
import type { AtlasClient } from "./client.ts";
import { operations } from "./operations.ts";

/** A snapshot of a cluster. */
export interface Snapshot {
  readonly id: string;
  readonly state: "pending" | "completed" | "failed";
  /** Unknown while the snapshot is queued. */
  readonly takenAt?: string | undefined;
  readonly expiresAt?: string | undefined;
  /** `hourly`, `daily` and so on, or `onDemand`. */
  readonly frequency?: string | undefined;
  readonly bytes?: number | undefined;
  /** Version of MongoDB. */
  readonly version?: string | undefined;
  /** Id of our KMS key that encrypts it. */
  readonly keyId?: string | undefined;
}

/** What to restore: a snapshot, or a point in time in seconds since the epoch. A request may name the snapshot `latest`. */
export type RestorePoint = { readonly snapshotId: string } | { readonly utcSeconds: number };

/** A cluster, by the ids of Atlas's API. */
export interface ClusterRef {
  readonly projectId: string;
  readonly cluster: string;
}

/** A job that restores into a cluster. */
export interface RestoreJob {
  readonly id: string;
  /** `automated` for a snapshot, or `pointInTime`. */
  readonly deliveryType: string;
  readonly state: "running" | "completed" | "failed" | "cancelled" | "expired";
  readonly target: ClusterRef;
  readonly point: RestorePoint;
  readonly finishedAt?: string | undefined;
}

export const isSameCluster = (a: ClusterRef, b: ClusterRef): boolean =>
  a.projectId === b.projectId && a.cluster === b.cluster;

const snapshotResponse = z
  .object({
    id: z.string(),
    status: z.enum(["queued", "inProgress", "completed", "failed"]),
    createdAt: z.string().optional(),
    expiresAt: z.string().optional(),
    snapshotType: z.string().optional(),
    frequencyType: z.string().optional(),
    storageSizeBytes: z.number().optional(),
    mongodVersion: z.string().optional(),
    masterKeyUUID: z.string().optional(),
  })
  .transform(
    ({ id, status, createdAt, expiresAt, snapshotType, frequencyType, ...rest }): Snapshot => ({
      id,
      state: status === "completed" || status === "failed" ? status : "pending",
      takenAt: createdAt,
      expiresAt,
      frequency: snapshotType === "onDemand" ? snapshotType : frequencyType,
      bytes: rest.storageSizeBytes,
      version: rest.mongodVersion,
      keyId: rest.masterKeyUUID,
    }),
  );

const jobObject = z.object({
  id: z.string(),
  deliveryType: z.string(),
  cancelled: z.boolean().optional(),
  expired: z.boolean().optional(),
  failed: z.boolean().optional(),
  finishedAt: z.string().optional(),
  snapshotId: z.string().default(""),
  pointInTimeUTCSeconds: z.number().optional(),
  targetClusterName: z.string().default(""),
  targetGroupId: z.string().default(""),
});

const jobResponse = jobObject.transform(
  (job): RestoreJob => ({
    id: job.id,
    deliveryType: job.deliveryType,
    state: toJobState(job),
    target: { projectId: job.targetGroupId, cluster: job.targetClusterName },
    point: job.pointInTimeUTCSeconds ? { utcSeconds: job.pointInTimeUTCSeconds } : { snapshotId: job.snapshotId },
    finishedAt: job.finishedAt,
  }),
);

function toJobState({ failed, cancelled, finishedAt, expired }: z.infer<typeof jobObject>) {
  if (failed) return "failed";
  if (cancelled) return "cancelled";
  if (finishedAt) return "completed";
  return expired ? "expired" : "running";
}

const policyItem = z.object({
  frequencyType: z.string(),
  frequencyInterval: z.number(),
  retentionUnit: z.string(),
  retentionValue: z.number(),
});

const scheduleResponse = z.object({
  nextSnapshot: z.string().optional(),
  restoreWindowDays: z.number().optional(),
  policies: z.array(z.object({ policyItems: z.array(policyItem).default([]) })).default([]),
});

/** Times of the snapshots, and the length of the point-in-time window. */
export type BackupSchedule = z.infer<typeof scheduleResponse>;

/** The snapshots of one replica set, their schedule, and the jobs that restore from them. */
export class ClusterBackups {
  readonly #client: AtlasClient;
  readonly #parameters: { groupId: string; clusterName: string };

  constructor(client: AtlasClient, { projectId, cluster }: ClusterRef) {
    this.#client = client;
    this.#parameters = { groupId: projectId, clusterName: cluster };
  }

  /** Oldest first. */
  async listSnapshots(): Promise<Snapshot[]> {
    const call = { operation: operations.listSnapshots, parameters: this.#parameters };
    const snapshots = await this.#client.list(call, snapshotResponse);
    return snapshots.sort((a, b) => toTakenAtMs(a) - toTakenAtMs(b));
  }

  getSnapshot(snapshotId: string, signal?: AbortSignal): Promise<Snapshot> {
    const parameters = { ...this.#parameters, snapshotId };
    return this.#client.send({ operation: operations.getSnapshot, parameters }, snapshotResponse, signal);
  }

  /** Starts an on-demand snapshot. */
  takeSnapshot(description: string, retentionInDays: number): Promise<Snapshot> {
    return this.#client.send(this.toSnapshotCall(description, retentionInDays), snapshotResponse);
  }

  /** The call of `takeSnapshot`. */
  toSnapshotCall(description: string, retentionInDays: number) {
    const body = { description, retentionInDays };
    return { operation: operations.takeSnapshot, parameters: this.#parameters, body };
  }

  getSchedule(): Promise<BackupSchedule> {
    const call = { operation: operations.getSchedule, parameters: this.#parameters };
    return this.#client.send(call, scheduleResponse);
  }

  /** The jobs that restore into a cluster, without downloads. */
  async listRestoreJobs(): Promise<RestoreJob[]> {
    const call = { operation: operations.listJobs, parameters: this.#parameters };
    const jobs = await this.#client.list(call, jobResponse);
    return jobs.filter(({ deliveryType }) => deliveryType !== "download");
  }

  getRestoreJob(id: string, signal?: AbortSignal): Promise<RestoreJob> {
    return this.#client.send(this.toJobCall(id), jobResponse, signal);
  }

  startRestore(point: RestorePoint, target: ClusterRef): Promise<RestoreJob> {
    return this.#client.send(this.toStartCall(point, target), jobResponse);
  }

  /** The call of `startRestore`. */
  toStartCall(point: RestorePoint, { projectId, cluster }: ClusterRef) {
    const target = { targetClusterName: cluster, targetGroupId: projectId };
    if ("snapshotId" in point) {
      return {
        operation: operations.restoreSnapshot,
        parameters: this.#parameters,
        body: { deliveryType: "automated", snapshotId: point.snapshotId, ...target },
      };
    }
    return {
      operation: operations.restorePointInTime,
      parameters: this.#parameters,
      body: { deliveryType: "pointInTime", pointInTimeUTCSeconds: point.utcSeconds, ...target },
    };
  }

  /** The call of `getRestoreJob`. */
  toJobCall(restoreJobId: string) {
    return { operation: operations.getJob, parameters: { ...this.#parameters, restoreJobId } };
  }
}

/** Queued snapshots come last. */
const toTakenAtMs = ({ takenAt }: Snapshot): number => (takenAt ? Date.parse(takenAt) : Number.MAX_SAFE_INTEGER);
