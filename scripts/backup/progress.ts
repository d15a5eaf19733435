import type { Writable } from "node:stream";
import { type Clock, systemClock } from "../../service/platform/clock.ts";

/** Receives the progress of long work. */
export interface Progress {
  /**
   * Work begins.
   * @param work such as `dump`
   * @param documents expected number, or 0 if unknown
   */
  begin(work: string, documents: number): void;
  /** The work has processed this many more documents. */
  advance(documents: number): void;
  /** A collection is complete. */
  finish(collection: string, documents: number): void;
}

export const silentProgress: Progress = { begin() {}, advance() {}, finish() {} };

/** Time between updates of the line on a terminal, and between lines elsewhere. */
const terminalIntervalMs = 100;
const plainIntervalMs = 10_000;

/** Reports progress, rate and remaining time: in one line on a terminal, and in periodic lines elsewhere. */
export class ProgressLines implements Progress {
  readonly #stream: Pick<Writable, "write"> & { readonly isTTY?: boolean };
  readonly #clock: Clock;
  #work = "";
  #total = 0;
  #done = 0;
  #startedAt = 0;
  #reportedAt = 0;

  constructor(stream: Pick<Writable, "write"> & { readonly isTTY?: boolean }, clock: Clock = systemClock) {
    this.#stream = stream;
    this.#clock = clock;
  }

  begin(work: string, documents: number): void {
    this.#work = work;
    this.#total = documents;
    this.#done = 0;
    this.#startedAt = this.#reportedAt = this.#clock();
  }

  advance(documents: number): void {
    this.#done += documents;
    const now = this.#clock();
    const { isTTY } = this.#stream;
    if (now - this.#reportedAt < (isTTY ? terminalIntervalMs : plainIntervalMs)) return;
    this.#reportedAt = now;
    // The cursor returns to the start of the line, so that other output overwrites it.
    this.#stream.write(isTTY ? `\x1b[K${this.#line(now)}\r` : `${this.#line(now)}\n`);
  }

  finish(collection: string, documents: number): void {
    this.#stream.write(`${this.#stream.isTTY ? "\x1b[K" : ""}${this.#work} ${collection}: ${documents} documents\n`);
  }

  #line(now: number): string {
    const seconds = Math.max((now - this.#startedAt) / 1_000, 0.001);
    const rate = this.#done / seconds;
    const known = this.#total > 0 ? ` of ${this.#total}` : "";
    // Clients may have written more documents since the work began.
    const left = this.#total > this.#done ? `, ${formatDuration((this.#total - this.#done) / rate)} left` : "";
    return `${this.#work}: ${this.#done}${known} documents, ${Math.round(rate)}/s${left}`;
  }
}

function formatDuration(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
