/** A snapshot of a replica set. */
export interface FakeSnapshot {
  id: string;
  status: "queued" | "inProgress" | "completed" | "failed";
  createdAt: string;
  snapshotType?: "onDemand" | "scheduled";
  /** @default that of all clusters */
  version?: string;
  /** The key of a snapshot that is encrypted with a customer's key. */
  masterKeyUUID?: string;
}

/** A restore job. Responses omit absent fields. */
export interface FakeJob {
  id: string;
  targetGroupId: string;
  targetClusterName: string;
  snapshotId?: string;
  pointInTimeUTCSeconds?: number;
  state: "running" | "completed" | "failed" | "cancelled" | "expired";
  finishedAt?: string;
}

/** A cluster. */
export interface FakeCluster {
  kind: "replica-set" | "flex";
  name: string;
  stateName: "IDLE" | "CREATING" | "UPDATING" | "DELETING" | "REPAIRING";
  paused?: boolean;
  pitEnabled?: boolean;
  /** @default "AWS" */
  encryption?: "NONE" | "AWS";
  /** @default that of all clusters */
  version?: string;
  /** @default 10 */
  diskSizeGB?: number;
  restoreWindowDays?: number;
  snapshots: FakeSnapshot[];
  jobs: FakeJob[];
}

/** A project. */
export interface FakeProject {
  id: string;
  name: string;
  clusters: FakeCluster[];
}

const version = "8.0.15";

/** The response for each kind of object, as in the contract. */
export const responses = {
  cluster: (cluster: FakeCluster, groupId: string) => ({
    groupId,
    name: cluster.name,
    stateName: cluster.stateName,
    clusterType: "REPLICASET",
    mongoDBVersion: cluster.version ?? version,
    encryptionAtRestProvider: cluster.encryption ?? "AWS",
    backupEnabled: true,
    paused: cluster.paused ?? false,
    pitEnabled: cluster.pitEnabled ?? false,
    replicationSpecs: [
      { regionConfigs: [{ electableSpecs: { instanceSize: "M10", diskSizeGB: cluster.diskSizeGB ?? 10 } }] },
    ],
  }),

  flexCluster: ({ name, stateName }: FakeCluster, groupId: string) => ({
    groupId,
    name,
    stateName,
    clusterType: "REPLICASET",
    mongoDBVersion: version,
    providerSettings: {},
  }),

  processes: (clusters: readonly FakeCluster[], groupId: string) =>
    clusters
      .filter(({ kind }) => kind === "replica-set")
      .flatMap(({ name }) =>
        [0, 1, 2].map((node) => ({
          groupId,
          id: `node-${node}.internal.example:27017`,
          hostname: `node-${node}.internal.example`,
          port: 27017,
          typeName: node === 0 ? "REPLICA_PRIMARY" : "REPLICA_SECONDARY",
          userAlias: `${name}-shard-00-0${node}.example.mongodb.net`,
          version,
        })),
      ),

  schedule: ({ name, restoreWindowDays }: FakeCluster) => ({
    clusterName: name,
    ...(restoreWindowDays && { restoreWindowDays }),
    policies: [
      {
        policyItems: [
          { frequencyType: "hourly", frequencyInterval: 4, retentionUnit: "days", retentionValue: 7 },
          { frequencyType: "daily", frequencyInterval: 1, retentionUnit: "days", retentionValue: 30 },
        ],
      },
    ],
  }),

  snapshot: ({ snapshotType = "scheduled", version: mongodVersion = version, ...snapshot }: FakeSnapshot) => ({
    ...snapshot,
    snapshotType,
    type: "replicaSet",
    mongodVersion,
    ...(snapshotType === "scheduled" && { frequencyType: "hourly" }),
    ...(snapshot.status === "completed" && { storageSizeBytes: 5_000_000_000 }),
  }),

  job: ({ id, state, finishedAt, ...rest }: FakeJob) => ({
    id,
    deliveryType: rest.snapshotId ? "automated" : "pointInTime",
    cancelled: state === "cancelled",
    expired: state === "expired",
    failed: state === "failed",
    ...(finishedAt && { finishedAt }),
    ...rest,
  }),
};
