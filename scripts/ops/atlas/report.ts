import { pointName, type Snapshot } from "./backups.ts";
import type { BackupSchedule } from "./replica-set-backups.ts";
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
  const { cluster, nodes, window, newestSnapshot, ageHours, promisedHours, runningJobs } = status;
  const rows: [string, string][] = [
    ["project", status.project],
    ["cluster", cluster ? clusterLine(cluster) : "gone: there is none of this name in the project"],
    ...nodes.map(({ host, role }): [string, string] => ["node", `${role.toLowerCase()}  ${host}`]),
    [
      "newest snapshot",
      newestSnapshot
        ? `${newestSnapshot.id} of ${newestSnapshot.takenAt}, ${ageHours!.toFixed(1)} hours old` +
          (status.late ? `: LATE, there is to be one every ${promisedHours} hours` : "")
        : `none: LATE, there is to be one every ${promisedHours} hours`,
    ],
    ["any moment", window ? `from ${window.oldest} to about ${window.newest}` : "no: whole snapshots only"],
    ...(status.schedule ? scheduleRows(status.schedule) : []),
    ...runningJobs.map(({ id, point, target }): [string, string] => [
      "restoring",
      `${pointName(point)} into ${target.cluster}, job ${id}`,
    ]),
  ];
  return rows.map(([name, value]) => `${name.padEnd(16)} ${value}`);
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
