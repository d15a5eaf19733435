/** One call of the Atlas Administration API. */
export interface AtlasOperation {
  readonly method: "GET" | "POST";
  /** Path with parameters in braces. */
  readonly path: string;
  /** Version of the resource: a date, part of the media type. */
  readonly version: string;
  /** Role that the service account needs in the project. */
  readonly role: string;
  /** The equivalent command of the Atlas CLI, with parameters in braces. It prints one page of a list, of at most 500 items. */
  readonly cli: string;
}

const group = "/api/atlas/v2/groups/{groupId}";
const cluster = `${group}/clusters/{clusterName}`;
const readOnly = "Project Read Only";
const backupManager = "Project Backup Manager";
const restoreTarget = "--targetProjectId {targetGroupId} --targetClusterName {targetClusterName}";

const get = (path: string, cli: string, more: Partial<AtlasOperation> = {}): AtlasOperation => ({
  method: "GET",
  path,
  version: "2023-01-01",
  role: readOnly,
  cli,
  ...more,
});

const post = (path: string, cli: string): AtlasOperation => get(path, cli, { method: "POST", role: backupManager });

/**
 * All calls of `npm run ops -- atlas`, except for the token. Paths, versions and roles are those of
 * https://github.com/mongodb/openapi/blob/main/openapi/v2.json.
 */
export const operations = {
  findProject: get(
    "/api/atlas/v2/groups/byName/{groupName}",
    "atlas api projects getGroupByName --groupName {groupName}",
  ),
  listProcesses: get(`${group}/processes`, "atlas processes list --limit 500 --projectId {groupId}"),
  getCluster: get(cluster, "atlas clusters describe {clusterName} --projectId {groupId}", { version: "2024-08-05" }),
  getSchedule: get(
    `${cluster}/backup/schedule`,
    "atlas backups schedule describe {clusterName} --projectId {groupId}",
    { version: "2024-08-05" },
  ),
  listSnapshots: get(
    `${cluster}/backup/snapshots`,
    "atlas backups snapshots list {clusterName} --limit 500 --projectId {groupId}",
  ),
  getSnapshot: get(
    `${cluster}/backup/snapshots/{snapshotId}`,
    "atlas backups snapshots describe {snapshotId} --clusterName {clusterName} --projectId {groupId}",
  ),
  takeSnapshot: post(
    `${cluster}/backup/snapshots`,
    'atlas backups snapshots create {clusterName} --desc "{description}" --retention {retentionInDays} --projectId {groupId}',
  ),
  listJobs: get(
    `${cluster}/backup/restoreJobs`,
    "atlas backups restores list {clusterName} --limit 500 --projectId {groupId}",
    { role: backupManager },
  ),
  getJob: get(
    `${cluster}/backup/restoreJobs/{restoreJobId}`,
    "atlas backups restores describe {restoreJobId} --clusterName {clusterName} --projectId {groupId}",
    { role: backupManager },
  ),
  restoreSnapshot: post(
    `${cluster}/backup/restoreJobs`,
    `atlas backups restores start automated --clusterName {clusterName} --snapshotId {snapshotId} ${restoreTarget} --projectId {groupId}`,
  ),
  restorePointInTime: post(
    `${cluster}/backup/restoreJobs`,
    `atlas backups restores start pointInTime --clusterName {clusterName} --pointInTimeUTCSeconds {pointInTimeUTCSeconds} ${restoreTarget} --projectId {groupId}`,
  ),
  getFlexCluster: get(`${group}/flexClusters/{name}`, "atlas clusters describe {name} --projectId {groupId}", {
    version: "2024-11-13",
  }),
};

/** A call with its parameters. */
export interface AtlasCall {
  readonly operation: AtlasOperation;
  /** Values of the parameters in the path. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, string | number>>;
}

/** The path of a call, with its parameters. */
export const toPath = ({ operation, parameters }: AtlasCall): string =>
  fill(operation.path, parameters, encodeURIComponent);

/** The equivalent command of the Atlas CLI, to paste. */
export const toCliCommand = ({ operation, parameters, body }: AtlasCall): string =>
  fill(operation.cli, { ...parameters, ...body }, String);

/** A call that a dry run does not make, as in its JSON output. */
export interface PlannedCall {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: AtlasCall["body"];
  /** The equivalent command of the Atlas CLI. */
  readonly cli: string;
}

export const toPlannedCall = (call: AtlasCall): PlannedCall => ({
  method: call.operation.method,
  path: toPath(call),
  ...(call.body && { body: call.body }),
  cli: toCliCommand(call),
});

/** The lines of a dry run: each call, and the equivalent command of the Atlas CLI. */
export const formatCalls = (calls: readonly PlannedCall[]): string[] =>
  calls.flatMap(({ method, path, body, cli }) => [
    `would call ${method} ${path}${body ? ` ${JSON.stringify(body)}` : ""}`,
    `           ${cli}`,
  ]);

function fill(
  template: string,
  values: Readonly<Record<string, string | number>>,
  encode: (value: string | number) => string,
): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => encode(values[name]!));
}
