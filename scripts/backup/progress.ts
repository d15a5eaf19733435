import type { Writable } from "node:stream";
import { type Clock, systemClock } from "../../service/platform/clock.ts";

/** Receives the progress of a long piece of work. */
export interface Progress {
  /**
   * A piece of work begins.
   * @param work what is done, such as `dump`
   * @param documents how many there are, as far as one knows
   */
  begin(work: string, documents: number): void;
  /** So many documents more are done. */
  advance(documents: number): void;
  /** A collection is done. */
  finish(collection: string, documents: number): void;
}

/** Reports nothing. */
export const silentProgress: Progress = { begin() {}, advance() {}, finish() {} };

/** A line is rewritten so often on a terminal, and a new one is written so often elsewhere. */
const terminalIntervalMs = 100;
const plainIntervalMs = 10_000;

/** How the lines are written. */
export interface Output {
  readonly stream: Pick<Writable, "write">;
  /** Whether a line can be written over. */
  readonly isTerminal: boolean;
}

/** Tells how far work is, how fast it goes and how long it will take: in one line on a terminal, else in a line now and then. */
export class ProgressLines implements Progress {
  readonly #output: Output;
  readonly #clock: Clock;
  #work = "";
  #total = 0;
  #done = 0;
  #begun = 0;
  #told = 0;

  constructor(output: Output, clock: Clock) {
    this.#output = output;
    this.#clock = clock;
  }

  /** On a stream of this process. */
  static on(stream: NodeJS.WriteStream): ProgressLines {
    return new ProgressLines({ stream, isTerminal: stream.isTTY ?? false }, systemClock);
  }

  begin(work: string, documents: number): void {
    this.#work = work;
    this.#total = documents;
    this.#done = 0;
    this.#begun = this.#told = this.#clock();
  }

  advance(documents: number): void {
    this.#done += documents;
    const now = this.#clock();
    const { isTerminal, stream } = this.#output;
    if (now - this.#told < (isTerminal ? terminalIntervalMs : plainIntervalMs)) return;
    this.#told = now;
    // At its beginning again, what others write covers the line: an error, or what came of it all.
    stream.write(isTerminal ? `\x1b[K${this.#line(now)}\r` : `${this.#line(now)}\n`);
  }

  finish(collection: string, documents: number): void {
    const { isTerminal, stream } = this.#output;
    stream.write(`${isTerminal ? "\x1b[K" : ""}${this.#work} ${collection}: ${documents} documents\n`);
  }

  #line(now: number): string {
    const seconds = Math.max((now - this.#begun) / 1_000, 0.001);
    const rate = this.#done / seconds;
    const known = this.#total > 0 ? ` of ${this.#total}` : "";
    // More documents than were expected may have been written meanwhile.
    const left =
      this.#total > this.#done ? `, ${formatDuration((this.#total - this.#done) / rate)} left` : "";
    return `${this.#work}: ${this.#done}${known} documents, ${Math.round(rate)}/s${left}`;
  }
}

function formatDuration(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
