import type { DeployedEnvironment } from "../../../service/contract.ts";
import { environments } from "../../../stacks/environments.ts";
import { type BackupSchedule, ClusterBackups, type RestoreJob, type Snapshot } from "./backups.ts";
import type { AtlasClient } from "./client.ts";
import { type Cluster, findEnvironmentCluster } from "./clusters.ts";
import { type ClusterNode, clusterNodes } from "./processes.ts";
import { newestCompleted, type RestoreWindow, restoreWindow } from "./restore-window.ts";

/** Taking a snapshot takes a while: one that is on its way is not late. The same is granted to our own dumps. */
const graceHours = 1;

/** How an environment's cluster and its backups are. Of a Flex cluster, only project and cluster are known. */
export interface AtlasStatus {
  readonly environment: DeployedEnvironment;
  readonly project: string;
  readonly cluster: Cluster | undefined;
  readonly nodes: readonly ClusterNode[];
  readonly newestSnapshot?: Snapshot | undefined;
  /** Age of the newest completed snapshot. */
  readonly ageHours?: number | undefined;
  /** Hours between two snapshots, as the table promises. Absent when it promises none. */
  readonly promisedHours?: number;
  /** Whether the newest snapshot is older than promised, or there is none. */
  readonly late: boolean;
  /** Absent when only whole snapshots can be restored. */
  readonly window?: RestoreWindow | undefined;
  readonly schedule?: BackupSchedule | undefined;
  readonly runningJobs: readonly RestoreJob[];
}

/** Asks Atlas how an environment's cluster and its backups are. */
export async function readStatus(
  client: AtlasClient,
  environment: DeployedEnvironment,
): Promise<AtlasStatus> {
  const { projectName: project, place, cluster } = await findEnvironmentCluster(client, environment);
  const { database } = environments[environment];
  if (database.kind === "flex") {
    return { environment, project, cluster, nodes: [], late: false, runningJobs: [] };
  }
  const backups = new ClusterBackups(client, place);
  const [snapshots, jobs, nodes, schedule] = await Promise.all([
    backups.snapshots(),
    backups.jobs(),
    cluster ? clusterNodes(client, place) : [],
    cluster && backups.schedule(),
  ]);
  const now = client.time.clock();
  const newestSnapshot = newestCompleted(snapshots);
  const ageHours = newestSnapshot && (now - Date.parse(newestSnapshot.takenAt!)) / 3_600_000;
  const promisedHours = database.backups.everyHours;
  return {
    environment,
    project,
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
