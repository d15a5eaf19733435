import { setImmediate } from "node:timers/promises";
import type { Time } from "../../../../clients/mobile/index.ts";

/** Milliseconds. */
export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

interface Timer {
  at: number;
  ring: () => void;
}

/**
 * Time in which days pass in seconds. It stands still while anything happens: it moves on to the next timer once all real work is
 * done, so a run depends on its seed alone, and not on the speed of the machine.
 */
export class VirtualTime implements Time {
  #now: number;
  readonly #timers: Timer[] = [];
  #working = 0;
  #onIdle = () => {};

  /** @param start in milliseconds since the epoch */
  constructor(start: number) {
    this.#now = start;
  }

  readonly now = (): number => this.#now;

  readonly wait = (milliseconds: number, ended?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const timer = { at: this.#now + Math.max(0, milliseconds), ring: resolve };
      // After those of the same time, which came first.
      const index = this.#timers.findIndex(({ at }) => at > timer.at);
      this.#timers.splice(index < 0 ? this.#timers.length : index, 0, timer);
      ended?.addEventListener("abort", () => {
        const position = this.#timers.indexOf(timer);
        if (position >= 0) this.#timers.splice(position, 1);
        resolve();
      });
    });

  /** Does real work, such as a request over a socket, during which time stands still. */
  async work<T>(work: Promise<T>): Promise<T> {
    this.#working += 1;
    try {
      return await work;
    } finally {
      this.#working -= 1;
      if (this.#working === 0) this.#onIdle();
    }
  }

  /** Lets time pass until a process has ended. */
  async run<T>(process: Promise<T>): Promise<T> {
    let isRunning = true;
    const stop = () => {
      isRunning = false;
    };
    process.then(stop, stop);
    for (;;) {
      await this.#settle();
      if (!isRunning) return process;
      const next = this.#timers.shift();
      if (!next) throw new Error("Nothing is going to happen any more, and the simulation has not ended.");
      this.#now = next.at;
      next.ring();
    }
  }

  /** All promises that can continue have continued once an immediate runs and there is no work. */
  async #settle(): Promise<void> {
    await setImmediate();
    while (this.#working > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
      await setImmediate();
    }
  }
}
