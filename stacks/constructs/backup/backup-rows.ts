import { type DashboardRow, heading } from "../observability/dashboard.ts";
import { graph } from "../observability/dashboard-widgets.ts";
import { getBackupMetric } from "../observability/service-metrics.ts";

/** What a dashboard shows of our own backups. What Atlas backs up itself is seen in Atlas. */
export const backupRows = (region: string): DashboardRow[] => [
  heading("Backups"),
  {
    height: 6,
    widgets: [
      graph({
        title: "Backups made, and verified by a restore test",
        region,
        lines: [
          { label: "made", metric: getBackupMetric("BackupsMade", "Sum") },
          { label: "verified", metric: getBackupMetric("BackupsVerified", "Sum") },
        ],
      }),
      graph({
        title: "Size of a backup",
        region,
        unit: "MB",
        lines: [{ label: "size", metric: getBackupMetric("BackupSize", "Maximum") }],
      }),
      graph({
        title: "How long it takes, and how old it is at the restore test",
        region,
        unit: "s",
        lines: [
          { label: "to make", metric: getBackupMetric("BackupDuration", "Maximum") },
          { label: "restore test", metric: getBackupMetric("RestoreTestDuration", "Maximum") },
          { label: "age", metric: getBackupMetric("BackupAge", "Maximum") },
        ],
      }),
    ],
  },
];
