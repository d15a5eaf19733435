import type { Clock } from "../../../service/platform/clock.ts";
import type { Logger } from "../../../service/platform/logging.ts";
import { embeddedMetrics } from "../../../service/platform/metrics.ts";
import { type BackupMetric, backupMetrics, type DumpResult, type RestoreTestResult } from "../contract.ts";

type Values = Partial<Record<BackupMetric, number>>;

/** A kind of attempt, and the metrics of its result. */
interface Attempt<Result> {
  readonly name: string;
  readonly counter: BackupMetric;
  readonly measure: (result: Result) => Values;
}

export const dumpAttempt: Attempt<DumpResult> = {
  name: "dump",
  counter: "BackupsMade",
  measure: ({ bytes, seconds }) => ({ BackupSize: bytes / 1e6, BackupDuration: seconds }),
};

export const restoreTestAttempt: Attempt<RestoreTestResult> = {
  name: "restore test",
  counter: "BackupsVerified",
  measure: ({ ageSeconds, seconds }) => ({ BackupAge: ageSeconds, RestoreTestDuration: seconds }),
};

/**
 * Logs each attempt in one line with its metrics. A failed attempt counts 0. One that Lambda ended counts nothing: alarms treat
 * both alike.
 *
 * @param work can measure values that are logged even if it fails afterwards
 */
export async function logAttempt<Result>(
  { log, clock }: { readonly log: Logger; readonly clock: Clock },
  { name, counter, measure }: Attempt<Result>,
  work: (measure: (values: Values) => void) => Promise<Result>,
): Promise<Result> {
  const toMetrics = (values: Values) => {
    const measurements = Object.entries(values).map(
      ([name, value]) => [name, { unit: backupMetrics[name as BackupMetric], value }] as const,
    );
    return embeddedMetrics(clock(), Object.fromEntries(measurements));
  };
  let measured: Values = {};
  try {
    const result = await work((values) => {
      measured = { ...measured, ...values };
    });
    log.write("info", `${name} done`, { ...result, ...toMetrics({ [counter]: 1, ...measured, ...measure(result) }) });
    return result;
  } catch (cause) {
    log.write("error", `${name} failed`, { cause, ...toMetrics({ [counter]: 0, ...measured }) });
    throw cause;
  }
}
