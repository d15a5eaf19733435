import { type BackupSchedule, pointName, type Snapshot } from "./backups.ts";
import type { AtlasStatus } from "./status.ts";

/** A line for each snapshot. */
export const snapshotLines = (snapshots: readonly Snapshot[]): string[] =>
  snapshots.map(({ id, state, takenAt, expiresAt, frequency, bytes, version }) =>
    [
      id,
      takenAt ?? "not yet taken",
      state,
      frequency,
      bytes !== undefined && `${(bytes / 1e6).toFixed(1)} MB`,
      version && `MongoDB ${version}`,
      expiresAt && `kept until ${expiresAt}`,
    ]
      .filter(Boolean)
      .join("  "),
  );

/** The lines of a status: each a name and a value. */
export function statusLines(status: AtlasStatus): string[] {
  const { cluster, nodes, promisedHours } = status;
  const rows: [string, string][] = [
    ["project", status.project],
    ["cluster", cluster ? clusterLine(cluster) : "gone: there is none of this name in the project"],
    ...nodes.map(({ host, role }): [string, string] => ["node", `${role.toLowerCase()}  ${host}`]),
    ...(promisedHours === undefined
      ? [["backups", "our own dumps: see `npm run ops -- backup list`"] as [string, string]]
      : backupRows(status, promisedHours)),
  ];
  return rows.map(([name, value]) => `${name.padEnd(16)} ${value}`);
}

function backupRows(status: AtlasStatus, promisedHours: number): [string, string][] {
  const { late, window, newestSnapshot, ageHours, schedule, runningJobs } = status;
  const promise = `LATE, there is to be one every ${promisedHours} hours`;
  return [
    [
      "newest snapshot",
      newestSnapshot
        ? `${newestSnapshot.id} of ${newestSnapshot.takenAt}, ${ageHours!.toFixed(1)} hours old${late ? `: ${promise}` : ""}`
        : `none: ${promise}`,
    ],
    ["any moment", window ? `from ${window.oldest} to about ${window.newest}` : "no: whole snapshots only"],
    ...(schedule ? scheduleRows(schedule) : []),
    ...runningJobs.map(({ id, point, target }): [string, string] => [
      "restoring",
      `${pointName(point)} into ${target.cluster}, job ${id}`,
    ]),
  ];
}

const clusterLine = ({
  name,
  kind,
  stateName,
  mongoDBVersion,
  paused,
}: NonNullable<AtlasStatus["cluster"]>) =>
  [`${name} (${kind})`, stateName, paused && "PAUSED", mongoDBVersion && `MongoDB ${mongoDBVersion}`]
    .filter(Boolean)
    .join(", ");

function scheduleRows({ policies, nextSnapshot }: BackupSchedule): [string, string][] {
  const items = policies.flatMap(({ policyItems }) => policyItems);
  return [
    ...items.map(({ frequencyType, frequencyInterval, retentionUnit, retentionValue }): [string, string] => [
      "schedule",
      `${frequencyType}, interval ${frequencyInterval}, kept for ${retentionValue} ${retentionUnit}`,
    ]),
    ...(nextSnapshot ? [["next snapshot", nextSnapshot] as [string, string]] : []),
  ];
}
