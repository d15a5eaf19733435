import { type RequestKind, requestKinds } from "../../scripts/capacity/traffic-model.ts";
import { median, quantile } from "../../scripts/sizing/statistics.ts";
import { formatMilliseconds, type Row } from "../report.ts";
import type { RequestResult } from "./virtual-user.ts";

/** The results of a workload's requests. */
export class Results {
  readonly #times = new Map<RequestKind, number[]>(requestKinds.map((kind) => [kind, []]));
  readonly #errors = new Map<string, number>();
  readonly #faults: string[] = [];
  count = 0;

  add({ kind, status, milliseconds, problem, fault }: RequestResult): void {
    this.count += 1;
    if (fault !== undefined) this.#faults.push(fault);
    if (status === 200) {
      this.#times.get(kind)!.push(milliseconds);
    } else {
      const error = `${status} ${problem}`;
      this.#errors.set(error, (this.#errors.get(error) ?? 0) + 1);
    }
  }

  /** Adds a request without a response. */
  addConnectionError(error: unknown): void {
    this.count += 1;
    this.#faults.push(String(error));
  }

  /** The times of responses with status 200, by kind. */
  toLatencyRows(): Row[] {
    return [...this.#times].flatMap(([kind, times]) =>
      times.length === 0
        ? []
        : {
            label: `${kind}, ${times.length}: p50, p99`,
            value: `${formatMilliseconds(median(times))}, ${formatMilliseconds(quantile(times, 0.99))}`,
          },
    );
  }

  /** Errors and faults. A response of a rate limit is neither, and has a row of its own. */
  toFaultRows(): Row[] {
    const isRateLimit = ([error]: [string, number]) => error.startsWith("429 ");
    const errors = [...this.#errors].filter((each) => !isRateLimit(each));
    const details = [...errors.map(([error, count]) => `${count} times ${error}`), ...this.#faults.slice(0, 3)];
    return [
      ...[...this.#errors].filter(isRateLimit).map(([label, count]) => ({ label, value: String(count) })),
      {
        label: ["errors other than rate limits, and wrong responses", ...details].join("; "),
        value: String(errors.reduce((sum, [, count]) => sum + count, 0) + this.#faults.length),
        target: "target 0",
        isMet: details.length === 0,
      },
    ];
  }
}
