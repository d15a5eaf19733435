import { z } from "zod";
import type { AtlasClient } from "./client.ts";
import { operations } from "./operations.ts";

/** A snapshot of a cluster. */
export interface Snapshot {
  readonly id: string;
  readonly state: "pending" | "completed" | "failed";
  /** When it was taken; unknown while it waits for its turn. */
  readonly takenAt?: string | undefined;
  readonly expiresAt?: string | undefined;
  /** `hourly`, `daily` and so on, or `onDemand`. */
  readonly frequency?: string | undefined;
  readonly bytes?: number | undefined;
  /** Version of MongoDB. */
  readonly version?: string | undefined;
}

/** What to restore: a snapshot, or a point in time in seconds since the epoch. */
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

export const sameCluster = (a: ClusterRef, b: ClusterRef): boolean =>
  a.projectId === b.projectId && a.cluster === b.cluster;

const snapshotAnswer = z.object({
  id: z.string(),
  status: z.enum(["queued", "inProgress", "completed", "failed"]),
  createdAt: z.string().optional(),
  expiresAt: z.string().optional(),
  snapshotType: z.string().optional(),
  frequencyType: z.string().optional(),
  storageSizeBytes: z.number().optional(),
  mongodVersion: z.string().optional(),
});

const jobAnswer = z.object({
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

const scheduleAnswer = z.object({
  nextSnapshot: z.string().optional(),
  restoreWindowDays: z.number().optional(),
  policies: z
    .array(
      z.object({
        policyItems: z
          .array(
            z.object({
              frequencyType: z.string(),
              frequencyInterval: z.number(),
              retentionUnit: z.string(),
              retentionValue: z.number(),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
});

/** When snapshots are taken, and how far back a point in time can be restored. */
export type BackupSchedule = z.infer<typeof scheduleAnswer>;

/** What Atlas keeps of one replica set: its snapshots, their schedule, and the jobs that restore from them. */
export class ClusterBackups {
  readonly #client: AtlasClient;
  readonly #parameters: { groupId: string; clusterName: string };

  constructor(client: AtlasClient, { projectId, cluster }: ClusterRef) {
    this.#client = client;
    this.#parameters = { groupId: projectId, clusterName: cluster };
  }

  /** Oldest first. */
  async snapshots(): Promise<Snapshot[]> {
    const call = { operation: operations.listSnapshots, parameters: this.#parameters };
    return (await this.#client.list(call, snapshotAnswer)).map(asSnapshot).sort(byAge);
  }

  async snapshot(snapshotId: string, signal?: AbortSignal): Promise<Snapshot> {
    const parameters = { ...this.#parameters, snapshotId };
    return asSnapshot(
      await this.#client.send({ operation: operations.getSnapshot, parameters }, snapshotAnswer, signal),
    );
  }

  /** Begins a snapshot beside the schedule's. */
  async takeSnapshot(description: string, retentionInDays: number): Promise<Snapshot> {
    const body = { description, retentionInDays };
    const call = { operation: operations.takeSnapshot, parameters: this.#parameters, body };
    return asSnapshot(await this.#client.send(call, snapshotAnswer));
  }

  async schedule(): Promise<BackupSchedule> {
    const call = { operation: operations.getSchedule, parameters: this.#parameters };
    return this.#client.send(call, scheduleAnswer);
  }

  async jobs(): Promise<RestoreJob[]> {
    const call = { operation: operations.listJobs, parameters: this.#parameters };
    const jobs = await this.#client.list(call, jobAnswer);
    return jobs.filter(({ deliveryType }) => deliveryType !== "download").map(asJob);
  }

  async job(id: string, signal?: AbortSignal): Promise<RestoreJob> {
    return asJob(await this.#client.send(this.jobCall(id), jobAnswer, signal));
  }

  async start(point: RestorePoint, target: ClusterRef): Promise<RestoreJob> {
    return asJob(await this.#client.send(this.startCall(point, target), jobAnswer));
  }

  /** The call that `start` makes. */
  startCall(point: RestorePoint, { projectId, cluster }: ClusterRef) {
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

  /** The call that `job` makes. */
  jobCall(restoreJobId: string) {
    return { operation: operations.getJob, parameters: { ...this.#parameters, restoreJobId } };
  }
}

function asSnapshot(answer: z.infer<typeof snapshotAnswer>): Snapshot {
  const { id, status, createdAt, expiresAt, snapshotType, frequencyType } = answer;
  return {
    id,
    state: status === "completed" || status === "failed" ? status : "pending",
    takenAt: createdAt,
    expiresAt,
    frequency: snapshotType === "onDemand" ? snapshotType : frequencyType,
    bytes: answer.storageSizeBytes,
    version: answer.mongodVersion,
  };
}

function asJob(answer: z.infer<typeof jobAnswer>): RestoreJob {
  const { id, pointInTimeUTCSeconds, snapshotId, finishedAt } = answer;
  return {
    id,
    state: jobState(answer),
    target: { projectId: answer.targetGroupId ?? "", cluster: answer.targetClusterName ?? "" },
    point: pointInTimeUTCSeconds ? { utcSeconds: pointInTimeUTCSeconds } : { snapshotId: snapshotId ?? "" },
    finishedAt,
  };
}

function jobState({ failed, cancelled, finishedAt, expired }: z.infer<typeof jobAnswer>) {
  if (failed) return "failed";
  if (cancelled) return "cancelled";
  if (finishedAt) return "completed";
  return expired ? "expired" : "running";
}

/** Oldest first; what waits for its turn last. */
const byAge = (a: Snapshot, b: Snapshot): number => time(a) - time(b);

const time = ({ takenAt }: Snapshot): number => (takenAt ? Date.parse(takenAt) : Number.MAX_SAFE_INTEGER);
