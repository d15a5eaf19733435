/** A timer that runs this much longer than it should was stopped together with its process. */
const frozenMilliseconds = 1_000;

/** A freeze repeats the part in which it falls. */
const partMilliseconds = 500;

/**
 * A timer that calls back after a time in which this process was able to run.
 *
 * Lambda freezes a process between two requests, a laptop sleeps. All timers that run out meanwhile fire at the thaw, before a reply
 * that has arrived is read. Such a timer says nothing about what it waits for, so it continues with the time that was left.
 */
export class AwakeTimer {
  readonly #onEnd: () => void;
  #left: number;
  #timer: NodeJS.Timeout;

  constructor(milliseconds: number, onEnd: () => void) {
    this.#onEnd = onEnd;
    this.#left = milliseconds;
    this.#timer = this.#startPart();
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }

  #startPart(): NodeJS.Timeout {
    const part = Math.min(this.#left, partMilliseconds);
    const startedAt = performance.now();
    return setTimeout(() => {
      const elapsed = performance.now() - startedAt;
      if (elapsed < part + frozenMilliseconds) this.#left -= elapsed;
      if (this.#left >= 1) this.#timer = this.#startPart();
      else this.#onEnd();
    }, part);
  }
}
