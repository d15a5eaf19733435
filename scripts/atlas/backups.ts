import { z } from "zod";
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
  readonly state: "running" | "completed" | "failed" | "cancelled" | "expired";
  readonly target: ClusterRef;
  readonly point: RestorePoint;
  readonly finishedAt?: string | undefined;
}

export const isSameCluster = (a: ClusterRef, b: ClusterRef): boolean =>
  a.projectId === b.projectId && a.cluster === b.cluster;

const snapshotResponse = z.object({
  id: z.string(),
  status: z.enum(["queued", "inProgress", "completed", "failed"]),
  createdAt: z.string().optional(),
  expiresAt: z.string().optional(),
  snapshotType: z.string().optional(),
  frequencyType: z.string().optional(),
  storageSizeBytes: z.number().optional(),
  mongodVersion: z.string().optional(),
});

const jobResponse = z.object({
  id: z.string(),
  deliveryType: z.string(),
  cancelled: z.boolean().optional(),
  expired: z.boolean().optional(),
  failed: z.boolean().optional(),
  finishedAt: z.string().optional(),
  snapshotId: z.string().optional(),
  pointInTimeUTCSeconds: z.number().optional(),
  targetClusterName: z.string().optional(),
  targetGroupId: z.string().optional(),
});

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
    return (await this.#client.list(call, snapshotResponse))
      .map(toSnapshot)
      .sort((a, b) => toTakenAtMs(a) - toTakenAtMs(b));
  }

  async getSnapshot(snapshotId: string, signal?: AbortSignal): Promise<Snapshot> {
    const parameters = { ...this.#parameters, snapshotId };
    return toSnapshot(
      await this.#client.send({ operation: operations.getSnapshot, parameters }, snapshotResponse, signal),
    );
  }

  /** Starts an on-demand snapshot. */
  async takeSnapshot(description: string, retentionInDays: number): Promise<Snapshot> {
    const body = { description, retentionInDays };
    const call = { operation: operations.takeSnapshot, parameters: this.#parameters, body };
    return toSnapshot(await this.#client.send(call, snapshotResponse));
  }

  async getSchedule(): Promise<BackupSchedule> {
    const call = { operation: operations.getSchedule, parameters: this.#parameters };
    return this.#client.send(call, scheduleResponse);
  }

  async listRestoreJobs(): Promise<RestoreJob[]> {
    const call = { operation: operations.listJobs, parameters: this.#parameters };
    const jobs = await this.#client.list(call, jobResponse);
    return jobs.filter(({ deliveryType }) => deliveryType !== "download").map(toJob);
  }

  async getRestoreJob(id: string, signal?: AbortSignal): Promise<RestoreJob> {
    return toJob(await this.#client.send(this.toJobCall(id), jobResponse, signal));
  }

  async startRestore(point: RestorePoint, target: ClusterRef): Promise<RestoreJob> {
    return toJob(await this.#client.send(this.toStartCall(point, target), jobResponse));
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

function toSnapshot(response: z.infer<typeof snapshotResponse>): Snapshot {
  const { id, status, createdAt, expiresAt, snapshotType, frequencyType } = response;
  return {
    id,
    state: status === "completed" || status === "failed" ? status : "pending",
    takenAt: createdAt,
    expiresAt,
    frequency: snapshotType === "onDemand" ? snapshotType : frequencyType,
    bytes: response.storageSizeBytes,
    version: response.mongodVersion,
  };
}

function toJob(response: z.infer<typeof jobResponse>): RestoreJob {
  const { id, pointInTimeUTCSeconds, snapshotId, finishedAt } = response;
  return {
    id,
    state: toJobState(response),
    target: { projectId: response.targetGroupId ?? "", cluster: response.targetClusterName ?? "" },
    point: pointInTimeUTCSeconds ? { utcSeconds: pointInTimeUTCSeconds } : { snapshotId: snapshotId ?? "" },
    finishedAt,
  };
}

function toJobState({ failed, cancelled, finishedAt, expired }: z.infer<typeof jobResponse>) {
  if (failed) return "failed";
  if (cancelled) return "cancelled";
  if (finishedAt) return "completed";
  return expired ? "expired" : "running";
}

/** Queued snapshots come last. */
const toTakenAtMs = ({ takenAt }: Snapshot): number =>
  takenAt ? Date.parse(takenAt) : Number.MAX_SAFE_INTEGER;
