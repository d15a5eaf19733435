import type { DeployedEnvironment } from "../../service/contract.ts";
import { getEnvironment } from "../../stacks/environments/index.ts";
import { formatTable } from "../cli/table.ts";
import type { BackupSchedule, RestoreJob, Snapshot } from "./backups.ts";
import type { AtlasClient } from "./client.ts";
import { type Cluster, type ClusterNode, findEnvironmentCluster, listNodes } from "./clusters.ts";
import { computeRestoreWindow, findNewestCompleted, formatPoint, type RestoreWindow } from "./restore-point.ts";

/** Allows for a snapshot in progress. The alarm on our own dumps allows the same. */
const graceHours = 1;

/** State of an environment's cluster and its backups. A Flex cluster has project and cluster only. */
export interface AtlasStatus {
  readonly environment: DeployedEnvironment;
  readonly project: string;
  readonly cluster: Cluster | undefined;
  readonly nodes: readonly ClusterNode[];
  readonly newestSnapshot?: Snapshot | undefined;
  /** Age of the newest completed snapshot. */
  readonly ageHours?: number | undefined;
  /** Configured hours between two snapshots. Absent for a Flex cluster. */
  readonly snapshotIntervalHours?: number;
  /** Whether the newest snapshot is older than the interval, or there is none. */
  readonly isOverdue: boolean;
  /** Absent if the cluster does not support point-in-time restores. */
  readonly window?: RestoreWindow | undefined;
  readonly schedule?: BackupSchedule | undefined;
  readonly runningJobs: readonly RestoreJob[];
}

/** Reads the state of an environment's cluster and its backups. */
export async function readStatus(client: AtlasClient, environment: DeployedEnvironment): Promise<AtlasStatus> {
  const { projectName: project, ref, cluster, backups } = await findEnvironmentCluster(client, environment);
  const { database } = getEnvironment(environment);
  if (database.kind === "flex") {
    return { environment, project, cluster, nodes: [], isOverdue: false, runningJobs: [] };
  }
  const [snapshots, jobs, nodes, schedule] = await Promise.all([
    backups.listSnapshots(),
    backups.listRestoreJobs(),
    cluster ? listNodes(client, ref) : [],
    cluster && backups.getSchedule(),
  ]);
  const now = client.time.clock();
  const newestSnapshot = findNewestCompleted(snapshots);
  const ageHours = newestSnapshot && (now - Date.parse(newestSnapshot.takenAt!)) / 3_600_000;
  const snapshotIntervalHours = database.backups.everyHours;
  return {
    environment,
    project,
    cluster,
    nodes,
    newestSnapshot,
    ageHours,
    snapshotIntervalHours,
    isOverdue: ageHours === undefined || ageHours > snapshotIntervalHours + graceHours,
    window: cluster?.pitEnabled ? computeRestoreWindow(snapshots, schedule?.restoreWindowDays, now) : undefined,
    schedule,
    runningJobs: jobs.filter(({ state }) => state === "running"),
  };
}

/** The lines of a status: each a name and a value. */
export function formatStatus(status: AtlasStatus): string[] {
  const { cluster, snapshotIntervalHours } = status;
  return formatTable([
    ["project", status.project],
    ["cluster", cluster ? formatCluster(cluster) : "missing: the project has no cluster of this name"],
    ...status.nodes.map(({ host, role }) => ["node", `${role.toLowerCase()}  ${host}`]),
    ...(snapshotIntervalHours === undefined
      ? [["backups", "our own dumps: see `npm run ops -- backup list`"]]
      : toBackupRows(status, snapshotIntervalHours)),
  ]);
}

function toBackupRows(status: AtlasStatus, intervalHours: number): string[][] {
  const { isOverdue, window, newestSnapshot, ageHours, schedule, runningJobs } = status;
  const overdue = `OVERDUE, expected every ${intervalHours} hours`;
  return [
    [
      "newest snapshot",
      newestSnapshot
        ? `${newestSnapshot.id} of ${newestSnapshot.takenAt}, ${ageHours!.toFixed(1)} hours old${isOverdue ? `: ${overdue}` : ""}`
        : `none: ${overdue}`,
    ],
    ["point in time", window ? `from ${window.oldest} to about ${window.newest}` : "not supported: snapshots only"],
    ...(schedule ? toScheduleRows(schedule) : []),
    ...runningJobs.map(({ id, point, target }) => [
      "restoring",
      `${formatPoint(point)} into ${target.cluster}, job ${id}`,
    ]),
  ];
}

const formatCluster = ({ name, kind, stateName, mongoDBVersion, paused }: Cluster): string =>
  [`${name} (${kind})`, stateName, paused && "PAUSED", mongoDBVersion && `MongoDB ${mongoDBVersion}`]
    .filter(Boolean)
    .join(", ");

const toScheduleRows = ({ policies, nextSnapshot }: BackupSchedule): string[][] => [
  ...policies
    .flatMap(({ policyItems }) => policyItems)
    .map(({ frequencyType, frequencyInterval, retentionUnit, retentionValue }) => [
      "schedule",
      `${frequencyType}, interval ${frequencyInterval}, kept for ${retentionValue} ${retentionUnit}`,
    ]),
  ...(nextSnapshot ? [["next snapshot", nextSnapshot]] : []),
];
