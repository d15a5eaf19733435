import { median, quantile } from "../../scripts/sizing/statistics.ts";
import { milliseconds, type Row } from "../report.ts";
import { type RequestKind, requestKinds } from "./mixed-day.ts";
import type { Outcome } from "./virtual-user.ts";

/** What became of the requests of a load. */
export class Tally {
  readonly #times = new Map<RequestKind, number[]>(requestKinds.map((kind) => [kind, []]));
  readonly #refusals = new Map<string, number>();
  readonly #faults: string[] = [];
  count = 0;

  add({ kind, status, milliseconds, problem, fault }: Outcome): void {
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
  addBroken(error: unknown): void {
    this.count += 1;
    this.#faults.push(String(error));
  }

  timesOf(kind: RequestKind): number[] {
    return this.#times.get(kind)!;
  }

  /** Times of those that were answered 200, by kind. */
  timeRows(): Row[] {
    return requestKinds
      .map((kind) => ({ kind, times: this.timesOf(kind) }))
      .filter(({ times }) => times.length > 0)
      .map(({ kind, times }) => ({
        what: `${kind}, ${times.length}: p50, p99`,
        figure: `${milliseconds(median(times))}, ${milliseconds(quantile(times, 0.99))}`,
      }));
  }

  /** What was not as it should be. */
  faultRows(): Row[] {
    const other = [...this.#refusals].filter(([what]) => !what.startsWith("429 "));
    const told = [...other.map(([what, count]) => `${count} times ${what}`), ...this.#faults.slice(0, 3)];
    const refused = [...this.#refusals].filter(([what]) => what.startsWith("429 "));
    return [
      ...refused.map(([what, count]) => ({ what, figure: String(count) })),
      {
        what: ["refused otherwise than by a limit, or answered wrongly", ...told].join("; "),
        figure: String(other.reduce((sum, [, count]) => sum + count, 0) + this.#faults.length),
        target: "target 0",
        met: told.length === 0,
      },
    ];
  }
}
