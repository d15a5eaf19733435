import { median, quantile } from "../../scripts/sizing/statistics.ts";
import { formatMilliseconds, type Row } from "../report.ts";
import { type RequestKind, requestKinds } from "./mixed-day.ts";
import type { RequestResult } from "./virtual-user.ts";

/** What became of the requests of a load. */
export class Results {
  readonly #times = new Map<RequestKind, number[]>(requestKinds.map((kind) => [kind, []]));
  readonly #refusals = new Map<string, number>();
  readonly #faults: string[] = [];
  count = 0;

  add({ kind, status, milliseconds, problem, fault }: RequestResult): void {
    this.count += 1;
    if (fault !== undefined) this.#faults.push(fault);
    if (status === 200) {
      this.#times.get(kind)!.push(milliseconds);
    } else {
      const what = `${status} ${problem}`;
      this.#refusals.set(what, (this.#refusals.get(what) ?? 0) + 1);
    }
  }

  /** A request that got no answer at all. */
  addConnectionError(error: unknown): void {
    this.count += 1;
    this.#faults.push(String(error));
  }

  getTimes(kind: RequestKind): number[] {
    return this.#times.get(kind)!;
  }

  /** Times of those that were answered 200, by kind. */
  toLatencyRows(): Row[] {
    return requestKinds
      .map((kind) => ({ kind, times: this.getTimes(kind) }))
      .filter(({ times }) => times.length > 0)
      .map(({ kind, times }) => ({
        what: `${kind}, ${times.length}: p50, p99`,
        figure: `${formatMilliseconds(median(times))}, ${formatMilliseconds(quantile(times, 0.99))}`,
      }));
  }

  /** What was not as it should be. */
  toFaultRows(): Row[] {
    const other = [...this.#refusals].filter(([what]) => !what.startsWith("429 "));
    const told = [...other.map(([what, count]) => `${count} times ${what}`), ...this.#faults.slice(0, 3)];
    const refused = [...this.#refusals].filter(([what]) => what.startsWith("429 "));
    return [
      ...refused.map(([what, count]) => ({ what, figure: String(count) })),
      {
        what: ["refused otherwise than by a limit, or answered wrongly", ...told].join("; "),
        figure: String(other.reduce((sum, [, count]) => sum + count, 0) + this.#faults.length),
        target: "target 0",
        isMet: told.length === 0,
      },
    ];
  }
}
