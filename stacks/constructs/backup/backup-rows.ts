import { type DashboardRow, graph, heading } from "../observability/dashboard.ts";
import { getServiceMetric } from "../observability/service-metrics.ts";

/** What a dashboard shows of our own backups. Atlas shows its own. */
export const backupRows: readonly DashboardRow[] = [
  heading("Backups"),
  {
    height: 6,
    widgets: [
      graph("Completed backups and passed restore tests", "count", {
        backups: getServiceMetric("BackupsMade", "Sum"),
        "restore tests": getServiceMetric("BackupsVerified", "Sum"),
      }),
      graph("Database and backup size", "MB", {
        database: getServiceMetric("DatabaseSize", "Maximum"),
        backup: getServiceMetric("BackupSize", "Maximum"),
      }),
      graph("Duration, and age at the restore test", "s", {
        backup: getServiceMetric("BackupDuration", "Maximum"),
        "restore test": getServiceMetric("RestoreTestDuration", "Maximum"),
        age: getServiceMetric("BackupAge", "Maximum"),
      }),
    ],
  },
];
