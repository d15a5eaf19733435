import type { DeployedEnvironment } from "../../service/contract.ts";
import { environments } from "../../stacks/environments.ts";
import { formatTable } from "../cli/table.ts";
import { type BackupSchedule, ClusterBackups, type RestoreJob, type Snapshot } from "./backups.ts";
import type { AtlasClient } from "./client.ts";
import { type Cluster, type ClusterNode, findEnvironmentCluster, listNodes } from "./clusters.ts";
import {
  computeRestoreWindow,
  findNewestCompleted,
  formatPoint,
  type RestoreWindow,
} from "./restore-point.ts";

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
  readonly snapshotIntervalHours?: number;
  /** Whether the newest snapshot is older than promised, or there is none. */
  readonly isOverdue: boolean;
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
  const { projectName: project, ref, cluster } = await findEnvironmentCluster(client, environment);
  const { database } = environments[environment];
  if (database.kind === "flex") {
    return { environment, project, cluster, nodes: [], isOverdue: false, runningJobs: [] };
  }
  const backups = new ClusterBackups(client, ref);
  const [snapshots, jobs, nodes, schedule] = await Promise.all([
    backups.listSnapshots(),
    backups.listRestoreJobs(),
    cluster ? listNodes(client, ref) : [],
    cluster && backups.getSchedule(),
  ]);
  const now = client.time.clock();
  const newestSnapshot = findNewestCompleted(snapshots);
  const ageHours = newestSnapshot && (now - Date.parse(newestSnapshot.takenAt!)) / 3_600_000;
  const promisedHours = database.backups.everyHours;
  return {
    environment,
    project,
    cluster,
    nodes,
    newestSnapshot,
    ageHours,
    snapshotIntervalHours: promisedHours,
    isOverdue: ageHours === undefined || ageHours > promisedHours + graceHours,
    window: cluster?.pitEnabled
      ? computeRestoreWindow(snapshots, schedule?.restoreWindowDays, now)
      : undefined,
    schedule,
    runningJobs: jobs.filter(({ state }) => state === "running"),
  };
}

/** The lines of a status: each a name and a value. */
export function formatStatus(status: AtlasStatus): string[] {
  const { cluster, nodes, snapshotIntervalHours } = status;
  const rows: [string, string][] = [
    ["project", status.project],
    ["cluster", cluster ? formatCluster(cluster) : "gone: there is none of this name in the project"],
    ...nodes.map(({ host, role }): [string, string] => ["node", `${role.toLowerCase()}  ${host}`]),
    ...(snapshotIntervalHours === undefined
      ? [["backups", "our own dumps: see `npm run ops -- backup list`"] as [string, string]]
      : toBackupRows(status, snapshotIntervalHours)),
  ];
  return formatTable(rows);
}

function toBackupRows(status: AtlasStatus, promisedHours: number): [string, string][] {
  const { isOverdue, window, newestSnapshot, ageHours, schedule, runningJobs } = status;
  const promise = `LATE, there is to be one every ${promisedHours} hours`;
  return [
    [
      "newest snapshot",
      newestSnapshot
        ? `${newestSnapshot.id} of ${newestSnapshot.takenAt}, ${ageHours!.toFixed(1)} hours old${isOverdue ? `: ${promise}` : ""}`
        : `none: ${promise}`,
    ],
    ["any moment", window ? `from ${window.oldest} to about ${window.newest}` : "no: whole snapshots only"],
    ...(schedule ? toScheduleRows(schedule) : []),
    ...runningJobs.map(({ id, point, target }): [string, string] => [
      "restoring",
      `${formatPoint(point)} into ${target.cluster}, job ${id}`,
    ]),
  ];
}

const formatCluster = ({
  name,
  kind,
  stateName,
  mongoDBVersion,
  paused,
}: NonNullable<AtlasStatus["cluster"]>) =>
  [`${name} (${kind})`, stateName, paused && "PAUSED", mongoDBVersion && `MongoDB ${mongoDBVersion}`]
    .filter(Boolean)
    .join(", ");

function toScheduleRows({ policies, nextSnapshot }: BackupSchedule): [string, string][] {
  const items = policies.flatMap(({ policyItems }) => policyItems);
  return [
    ...items.map(({ frequencyType, frequencyInterval, retentionUnit, retentionValue }): [string, string] => [
      "schedule",
      `${frequencyType}, interval ${frequencyInterval}, kept for ${retentionValue} ${retentionUnit}`,
    ]),
    ...(nextSnapshot ? [["next snapshot", nextSnapshot] as [string, string]] : []),
  ];
}
