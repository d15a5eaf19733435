/**
 * When the database is dumped, as EventBridge Scheduler writes it: at the same hours of each day, half-way between the snapshots
 * that Atlas takes itself, where it does.
 *
 * @param everyHours from one dump to the next: 1, 2, 3, 4, 6, 8 or 12
 */
export function toDumpSchedule(everyHours: number): string {
  if (![1, 2, 3, 4, 6, 8, 12].includes(everyHours)) {
    throw new Error(
      `The database is to be dumped every ${everyHours} hours. Dumps are at the same hours of each day, so that a day must ` +
        `hold a whole number of them. Choose 1, 2, 3, 4, 6, 8 or 12.`,
    );
  }
  return `cron(30 ${3 % everyHours}/${everyHours} * * ? *)`;
}
