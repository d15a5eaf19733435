import type { Clock } from "../../../service/platform/clock.ts";
import type { Logger } from "../../../service/platform/logging.ts";
import { embeddedMetrics } from "../../../service/platform/metrics.ts";
import { type BackupMetric, backupMetrics, type DumpResult, type RestoreTestResult } from "../contract.ts";

/**
 * Tells the log of each attempt, good or bad, in one line that bears its metrics. A failed one counts 0; one that Lambda ended
 * counts nothing: alarms take both for the same.
 */
export class Observer {
  readonly #log: Logger;
  readonly #clock: Clock;

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** Watches a backup being made. */
  dump(work: () => Promise<DumpResult>): Promise<DumpResult> {
    return this.#watch("dump", "BackupsMade", work, ({ bytes, seconds }) => ({
      BackupSize: bytes / 1e6,
      BackupDuration: seconds,
    }));
  }

  /** Watches the newest backup being restored. */
  restoreTest(work: () => Promise<RestoreTestResult>): Promise<RestoreTestResult> {
    return this.#watch("restore test", "BackupsVerified", work, ({ ageSeconds, seconds }) => ({
      BackupAge: ageSeconds,
      RestoreTestDuration: seconds,
    }));
  }

  async #watch<Result extends DumpResult | RestoreTestResult>(
    name: string,
    counted: "BackupsMade" | "BackupsVerified",
    work: () => Promise<Result>,
    measure: (result: Result) => Values,
  ): Promise<Result> {
    try {
      const result = await work();
      this.#log.write("info", `${name} done`, {
        ...result,
        ...this.#metrics({ [counted]: 1, ...measure(result) }),
      });
      return result;
    } catch (cause) {
      this.#log.write("error", `${name} failed`, { cause, ...this.#metrics({ [counted]: 0 }) });
      throw cause;
    }
  }

  #metrics(values: Values) {
    const measurements = Object.entries(values).map(
      ([name, value]) => [name, { unit: backupMetrics[name as BackupMetric], value }] as const,
    );
    return embeddedMetrics(this.#clock(), Object.fromEntries(measurements));
  }
}

type Values = Partial<Record<BackupMetric, number>>;
