import type { Clock } from "../../../service/platform/clock.ts";
import type { Logger } from "../../../service/platform/logging.ts";
import { embeddedMetrics } from "../../../service/platform/metrics.ts";
import { type BackupMetric, backupMetrics, type DumpResult, type RestoreTestResult } from "../contract.ts";

/**
 * Logs each attempt in one line with its metrics. A failed attempt counts 0. One that Lambda ended counts nothing: alarms treat
 * both alike.
 */
export class Observer {
  readonly #log: Logger;
  readonly #clock: Clock;

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  dump(work: () => Promise<DumpResult>): Promise<DumpResult> {
    return this.#observe("dump", "BackupsMade", work, ({ bytes, seconds }) => ({
      BackupSize: bytes / 1e6,
      BackupDuration: seconds,
    }));
  }

  restoreTest(work: () => Promise<RestoreTestResult>): Promise<RestoreTestResult> {
    return this.#observe("restore test", "BackupsVerified", work, ({ ageSeconds, seconds }) => ({
      BackupAge: ageSeconds,
      RestoreTestDuration: seconds,
    }));
  }

  async #observe<Result extends DumpResult | RestoreTestResult>(
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
