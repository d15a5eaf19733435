import { ConstructError } from "../../errors.ts";

/**
 * The schedule expression of the dumps for EventBridge Scheduler: at the same hours of each day, half-way between Atlas's own
 * snapshots in environments that have them.
 *
 * @param everyHours hours between two dumps: 1, 2, 3, 4, 6, 8 or 12
 */
export function toDumpSchedule(everyHours: number): string {
  if (![1, 2, 3, 4, 6, 8, 12].includes(everyHours)) {
    throw new ConstructError("dump-interval-invalid", {
      what: `The environment has a dump every ${everyHours} hours.`,
      why: "Dumps run at the same hours of each day, so the interval must divide a day.",
      action: "Choose 1, 2, 3, 4, 6, 8 or 12.",
    });
  }
  return `cron(30 ${3 % everyHours}/${everyHours} * * ? *)`;
}
