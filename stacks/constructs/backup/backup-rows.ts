import { type DashboardRow, heading } from "../observability/dashboard.ts";
import { graph } from "../observability/dashboard-widgets.ts";
import { getBackupMetric } from "../observability/service-metrics.ts";

/** What a dashboard shows of our own backups. Atlas shows its own. */
export const backupRows: readonly DashboardRow[] = [
  heading("Backups"),
  {
    height: 6,
    widgets: [
      graph("Completed backups and passed restore tests", "count", {
        backups: getBackupMetric("BackupsMade", "Sum"),
        "restore tests": getBackupMetric("BackupsVerified", "Sum"),
      }),
      graph("Backup size", "MB", { size: getBackupMetric("BackupSize", "Maximum") }),
      graph("Duration, and age at the restore test", "s", {
        backup: getBackupMetric("BackupDuration", "Maximum"),
        "restore test": getBackupMetric("RestoreTestDuration", "Maximum"),
        age: getBackupMetric("BackupAge", "Maximum"),
      }),
    ],
  },
];
