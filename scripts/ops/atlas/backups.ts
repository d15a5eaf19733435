import type { AtlasCall } from "./operations.ts";

/** A snapshot of a cluster, of either kind. */
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

/** What to restore: a snapshot, or a moment in seconds since the epoch. */
export type RestorePoint = { readonly snapshotId: string } | { readonly utcSeconds: number };

/** A cluster, by the ids of Atlas's API. */
export interface ClusterPlace {
  readonly projectId: string;
  readonly cluster: string;
}

/** A job that restores into a cluster. */
export interface RestoreJob {
  readonly id: string;
  readonly state: "running" | "completed" | "failed" | "cancelled" | "expired";
  readonly target: ClusterPlace;
  readonly point: RestorePoint;
  readonly finishedAt?: string | undefined;
}

/** The backups of one cluster. Each kind of cluster has an API of its own. */
export interface ClusterBackups {
  /** Oldest first. */
  snapshots(): Promise<Snapshot[]>;
  jobs(): Promise<RestoreJob[]>;
  job(id: string, signal?: AbortSignal): Promise<RestoreJob>;
  start(point: RestorePoint, target: ClusterPlace): Promise<RestoreJob>;
  /** The call that `start` makes. */
  startCall(point: RestorePoint, target: ClusterPlace): AtlasCall;
  /** The call that `job` makes. */
  jobCall(id: string): AtlasCall;
}

export const samePlace = (a: ClusterPlace, b: ClusterPlace): boolean =>
  a.projectId === b.projectId && a.cluster === b.cluster;

export const samePoint = (a: RestorePoint, b: RestorePoint): boolean =>
  "snapshotId" in a
    ? "snapshotId" in b && a.snapshotId === b.snapshotId
    : "utcSeconds" in b && a.utcSeconds === b.utcSeconds;

/** A point, as a sentence calls it. */
export const pointName = (point: RestorePoint): string =>
  "snapshotId" in point ? `snapshot ${point.snapshotId}` : isoSeconds(point.utcSeconds);

export const isoSeconds = (utcSeconds: number): string =>
  new Date(utcSeconds * 1_000).toISOString().replace(".000Z", "Z");

/** Oldest first; what waits for its turn last. */
export const byAge = (a: Snapshot, b: Snapshot): number => time(a) - time(b);

const time = ({ takenAt }: Snapshot): number => (takenAt ? Date.parse(takenAt) : Number.MAX_SAFE_INTEGER);
