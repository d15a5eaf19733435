import { type Clock, systemClock } from "../../service/platform/clock.ts";

/** Receives the progress of long work. */
export interface Progress {
  /**
   * Work begins. Earlier work ends.
   * @param work such as `dump`
   * @param total expected number of units, or 0 if it is unknown
   * @param unit such as `documents`. @default the work is not counted
   */
  begin(work: string, total?: number, unit?: string): void;
  /** The work has processed this many more units. */
  advance(units: number): void;
  /** A part of the work is complete, such as a collection. */
  finish(part: string, units: number): void;
}

export const silentProgress: Progress = { begin() {}, advance() {}, finish() {} };

/** Standard error, or what stands in for it. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** Width of the terminal. @default 80 */
  readonly columns?: number;
}

/** Time between updates of the bar in a terminal, and between lines elsewhere. */
const terminalIntervalMs = 100;
const plainIntervalMs = 10_000;

const barWidth = 20;
const eraseLine = "\r\x1b[K";

/**
 * Reports percentage, rate and remaining time: with a bar in a terminal, and in periodic lines elsewhere, including terminals that cannot
 * move the cursor (`TERM=dumb`).
 *
 * Its own hundred lines, because a library would not replace them: `cli-progress` takes its time from `Date.now` alone, and prints no
 * lines above a single bar.
 */
export class ProgressReporter implements Progress {
  readonly #stream: ProgressStream;
  readonly #clock: Clock;
  readonly #hasBar: boolean;
  #work = "";
  #unit = "";
  #total = 0;
  #done = 0;
  #startedAt = 0;
  #reportedAt = 0;
  #isBarShown = false;

  /** @param terminal the type of the terminal, as in `TERM` */
  constructor(stream: ProgressStream, clock: Clock = systemClock, terminal = process.env.TERM) {
    this.#stream = stream;
    this.#clock = clock;
    this.#hasBar = Boolean(stream.isTTY) && terminal !== "dumb";
  }

  begin(work: string, total = 0, unit = ""): void {
    this.end();
    [this.#work, this.#total, this.#unit, this.#done] = [work, total, unit, 0];
    this.#startedAt = this.#reportedAt = this.#clock();
  }

  advance(units: number): void {
    this.#done += units;
    this.tick();
  }

  finish(part: string, units: number): void {
    this.erase();
    this.#stream.write(`${this.#work} ${part}: ${this.#format(units)} ${this.#symbol}\n`);
  }

  /** Reports the state again if the last report is old enough, even if the work does not advance. */
  tick(): void {
    const now = this.#clock();
    if (!this.#work || now - this.#reportedAt < (this.#hasBar ? terminalIntervalMs : plainIntervalMs)) return;
    this.#reportedAt = now;
    if (!this.#hasBar) {
      this.#stream.write(`${this.#describe(now)}\n`);
      return;
    }
    // A longer line would wrap, and only its last part would be erased.
    const text = `${this.#drawBar()}${this.#describe(now)}`.slice(0, (this.#stream.columns || 80) - 1);
    // The cursor returns to the start of the line, so that other output overwrites it.
    this.#stream.write(`${eraseLine}${text}\r`);
    this.#isBarShown = true;
  }

  /** Erases the bar, until the next report. Call it before other output. */
  erase(): void {
    if (this.#isBarShown) this.#stream.write(eraseLine);
    this.#isBarShown = false;
  }

  /** Ends the work, and erases the bar. */
  end(): void {
    this.#work = "";
    this.erase();
  }

  #drawBar(): string {
    if (this.#total === 0) return "";
    const filled = Math.floor(this.#share * barWidth);
    return `[${"#".repeat(filled)}${"-".repeat(barWidth - filled)}] `;
  }

  #describe(now: number): string {
    const seconds = (now - this.#startedAt) / 1_000;
    if (!this.#unit) return `${this.#work}: ${formatDuration(seconds)}`;
    const rate = this.#done / Math.max(seconds, 0.001);
    const known = this.#total > 0 ? ` of ${this.#format(this.#total)}` : "";
    return [
      `${this.#work}: ${this.#total > 0 ? `${Math.floor(this.#share * 100)}%, ` : ""}`,
      `${this.#format(this.#done)}${known} ${this.#symbol}, ${this.#format(rate)}${this.#unit === "bytes" ? " MB" : ""}/s`,
      // Clients may have written more documents since the work began.
      rate > 0 && this.#total > this.#done ? `, ${formatDuration((this.#total - this.#done) / rate)} left` : "",
    ].join("");
  }

  /** From 0 to 1. */
  get #share(): number {
    return Math.min(this.#done / this.#total, 1);
  }

  get #symbol(): string {
    return this.#unit === "bytes" ? "MB" : this.#unit;
  }

  #format(units: number): string {
    return this.#unit === "bytes" ? (units / 1e6).toFixed(1) : `${Math.round(units)}`;
  }
}

/** Reports work on standard error, once a second even if it does not advance. The bar is erased at its end, even if it fails. */
export async function withProgress<Result>(
  work: (progress: ProgressReporter) => Promise<Result>,
  progress = new ProgressReporter(process.stderr),
): Promise<Result> {
  const timer = setInterval(() => progress.tick(), 1_000);
  try {
    return await work(progress);
  } finally {
    clearInterval(timer);
    progress.end();
  }
}

function formatDuration(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
