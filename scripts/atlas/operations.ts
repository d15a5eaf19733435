/** One call of the Atlas Administration API. */
export interface AtlasOperation {
  readonly method: "GET" | "POST";
  /** Path with parameters in braces. */
  readonly path: string;
  /** Version of the resource: a date, part of the media type. */
  readonly version: string;
  /** What the service account must be allowed, in the project. */
  readonly role: string;
  /** The same by the Atlas CLI, with parameters in braces. */
  readonly cli: string;
}

const group = "/api/atlas/v2/groups/{groupId}";
const cluster = `${group}/clusters/{clusterName}`;
const readOnly = "Project Read Only";
const backupManager = "Project Backup Manager";
const restoreTarget = "--targetProjectId {targetGroupId} --targetClusterName {targetClusterName}";

/**
 * All calls that `npm run ops -- atlas` makes, beside that for a token. They, their versions and their roles are those of
 * https://github.com/mongodb/openapi/blob/main/openapi/v2.json.
 */
export const operations = {
  findProject: {
    method: "GET",
    path: "/api/atlas/v2/groups/byName/{groupName}",
    version: "2023-01-01",
    role: readOnly,
    cli: "atlas api projects getGroupByName --groupName {groupName}",
  },
  listProcesses: {
    method: "GET",
    path: `${group}/processes`,
    version: "2023-01-01",
    role: readOnly,
    cli: "atlas processes list --projectId {groupId}",
  },
  getCluster: {
    method: "GET",
    path: cluster,
    version: "2024-08-05",
    role: readOnly,
    cli: "atlas clusters describe {clusterName} --projectId {groupId}",
  },
  getSchedule: {
    method: "GET",
    path: `${cluster}/backup/schedule`,
    version: "2024-08-05",
    role: readOnly,
    cli: "atlas backups schedule describe {clusterName} --projectId {groupId}",
  },
  listSnapshots: {
    method: "GET",
    path: `${cluster}/backup/snapshots`,
    version: "2023-01-01",
    role: readOnly,
    cli: "atlas backups snapshots list {clusterName} --projectId {groupId}",
  },
  getSnapshot: {
    method: "GET",
    path: `${cluster}/backup/snapshots/{snapshotId}`,
    version: "2023-01-01",
    role: readOnly,
    cli: "atlas backups snapshots describe {snapshotId} --clusterName {clusterName} --projectId {groupId}",
  },
  takeSnapshot: {
    method: "POST",
    path: `${cluster}/backup/snapshots`,
    version: "2023-01-01",
    role: backupManager,
    cli: 'atlas backups snapshots create {clusterName} --desc "{description}" --retention {retentionInDays} --projectId {groupId}',
  },
  listJobs: {
    method: "GET",
    path: `${cluster}/backup/restoreJobs`,
    version: "2023-01-01",
    role: backupManager,
    cli: "atlas backups restores list {clusterName} --projectId {groupId}",
  },
  getJob: {
    method: "GET",
    path: `${cluster}/backup/restoreJobs/{restoreJobId}`,
    version: "2023-01-01",
    role: backupManager,
    cli: "atlas backups restores describe {restoreJobId} --clusterName {clusterName} --projectId {groupId}",
  },
  restoreSnapshot: {
    method: "POST",
    path: `${cluster}/backup/restoreJobs`,
    version: "2023-01-01",
    role: backupManager,
    cli: `atlas backups restores start automated --clusterName {clusterName} --snapshotId {snapshotId} ${restoreTarget} --projectId {groupId}`,
  },
  restorePointInTime: {
    method: "POST",
    path: `${cluster}/backup/restoreJobs`,
    version: "2023-01-01",
    role: backupManager,
    cli: `atlas backups restores start pointInTime --clusterName {clusterName} --pointInTimeUTCSeconds {pointInTimeUTCSeconds} ${restoreTarget} --projectId {groupId}`,
  },
  getFlexCluster: {
    method: "GET",
    path: `${group}/flexClusters/{name}`,
    version: "2024-11-13",
    role: readOnly,
    cli: "atlas clusters describe {name} --projectId {groupId}",
  },
} as const satisfies Record<string, AtlasOperation>;

/** A call that is ready to be made. */
export interface AtlasCall {
  readonly operation: AtlasOperation;
  /** Values of the parameters in the path. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, string | number>>;
}

/** The path of a call, with its parameters. */
export const toPath = ({ operation, parameters }: AtlasCall): string =>
  fill(operation.path, parameters, encodeURIComponent);

/** The same as a call by the Atlas CLI, to paste. */
export const toCliCommand = ({ operation, parameters, body }: AtlasCall): string =>
  fill(operation.cli, { ...parameters, ...body }, String);

function fill(
  template: string,
  values: Readonly<Record<string, string | number>>,
  written: (value: string | number) => string,
): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => written(values[name]!));
}
