import type { EnvironmentBackup } from "../../environments.ts";

/**
 * The schedule expression of the dumps for EventBridge Scheduler: at the same hours of each day, half-way between Atlas's own
 * snapshots in environments that have them.
 */
export const toDumpSchedule = (everyHours: EnvironmentBackup["everyHours"]): string =>
  `cron(30 ${3 % everyHours}/${everyHours} * * ? *)`;
