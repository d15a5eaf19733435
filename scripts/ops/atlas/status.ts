import type { DeployedEnvironment } from "../../../service/contract.ts";
import { environments } from "../../../stacks/environments.ts";
import type { RestoreJob, Snapshot } from "./backups.ts";
import type { AtlasClient } from "./client.ts";
import { type Cluster, findEnvironmentCluster } from "./clusters.ts";
import { type ClusterNode, clusterNodes } from "./processes.ts";
import { type BackupSchedule, ReplicaSetBackups } from "./replica-set-backups.ts";
import { newestCompleted, type RestoreWindow, restoreWindow } from "./restore-window.ts";

/** Flex clusters get a snapshot a day: https://www.mongodb.com/docs/atlas/backup/cloud-backup/flex-cluster-backup/ */
const flexHours = 24;

/** Taking a snapshot takes a while: one that is on its way is not late. The same is granted to our own dumps. */
const graceHours = 1;

/** How an environment's cluster and its backups are. */
export interface AtlasStatus {
  readonly environment: DeployedEnvironment;
  readonly project: string;
  readonly cluster: Cluster | undefined;
  readonly nodes: readonly ClusterNode[];
  readonly newestSnapshot: Snapshot | undefined;
  /** Age of the newest completed snapshot. */
  readonly ageHours: number | undefined;
  /** Hours between two snapshots, as the table promises. */
  readonly promisedHours: number;
  /** Whether the newest snapshot is older than promised, or there is none. */
  readonly late: boolean;
  /** Absent when only whole snapshots can be restored. */
  readonly window: RestoreWindow | undefined;
  readonly schedule: BackupSchedule | undefined;
  readonly runningJobs: readonly RestoreJob[];
}

/** Asks Atlas how an environment's cluster and its backups are. */
export async function readStatus(
  client: AtlasClient,
  environment: DeployedEnvironment,
): Promise<AtlasStatus> {
  const { projectName, place, cluster, backups } = await findEnvironmentCluster(client, environment);
  const { database } = environments[environment];
  const isReplicaSet = backups instanceof ReplicaSetBackups;
  const [snapshots, jobs, nodes, schedule] = await Promise.all([
    backups.snapshots(),
    backups.jobs(),
    cluster && isReplicaSet ? clusterNodes(client, place) : [],
    cluster && isReplicaSet ? backups.schedule() : undefined,
  ]);
  const now = client.time.clock();
  const newestSnapshot = newestCompleted(snapshots);
  const ageHours = newestSnapshot && (now - Date.parse(newestSnapshot.takenAt!)) / 3_600_000;
  const promisedHours = database.kind === "flex" ? flexHours : database.backups.everyHours;
  return {
    environment,
    project: projectName,
    cluster,
    nodes,
    newestSnapshot,
    ageHours,
    promisedHours,
    late: ageHours === undefined || ageHours > promisedHours + graceHours,
    window: cluster?.pitEnabled ? restoreWindow(snapshots, schedule?.restoreWindowDays, now) : undefined,
    schedule,
    runningJobs: jobs.filter(({ state }) => state === "running"),
  };
}
