import { signingKeysNoticeSeconds } from "../contract.ts";
import type { Clock } from "./clock.ts";
import { outsideRequest, UnavailableError, untilDeadline, withTimeout } from "./deadline.ts";
import type { Logger } from "./logging.ts";

/** Every process must act on a change within a minute. Half of it is left for the next request to arrive. */
const freshMilliseconds = 30_000;
const tooOldMilliseconds = 60_000;

/** Options of {@link FreshValue}. */
export interface FreshValueOptions<T> {
  /** What it is, in the plural, such as `signing keys`. */
  readonly name: string;
  /** Reads the value as it is now. */
  readonly load: () => Promise<T>;
  readonly clock: Clock;
  /** Called with the error of each read that fails while an earlier value stays in use. */
  readonly onFailure: (cause: unknown) => void;
  /** How long a read may take while an earlier value is known, in milliseconds. */
  readonly readTimeout: number;
  /** @default changes are not reported */
  readonly onChange?: (before: T, after: T) => void;
}

/**
 * Logs that a value could not be read again.
 * @param name as in {@link FreshValueOptions}
 */
export const logUnread =
  (log: Logger, name: string) =>
  (cause: unknown): void =>
    log.write("error", `${name} could not be read; those that are known stay in use`, { cause });

/**
 * A value from the parameter store that operators change in stages, read again as requests arrive: after 30 s in parallel with a
 * request, after 60 s before it (a function is frozen between requests, and may wake up days later).
 *
 * If it cannot be read, the known value stays in use. Its user decides for how long: see {@link refuseOutdated}.
 */
export class FreshValue<T> {
  readonly #options: FreshValueOptions<T>;
  #value: { readonly of: T } | undefined;
  /** When the read that returned it began, and when the last read began. */
  #knownAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  #reading: { since: number; value: Promise<T> } | undefined;

  constructor(options: FreshValueOptions<T>) {
    this.#options = options;
  }

  /**
   * Whether the known value may be used without a read. Starts a read shortly before that ends, and after it. Synchronous, for decisions
   * that were based on this value.
   */
  isFresh(): boolean {
    const age = this.#options.clock() - this.#triedAt;
    // A failure is logged, and does not affect the current request.
    if (this.#value && age > freshMilliseconds) void this.#sharedRead();
    return age <= tooOldMilliseconds;
  }

  /** The value, at most a minute old, or the known one if it cannot be read. @throws the error of the first read */
  async get(): Promise<T> {
    return this.#value && this.isFresh() ? this.#value.of : this.readAgain();
  }

  /** Reads it now. */
  readAgain(): Promise<T> {
    const value = this.#sharedRead();
    return untilDeadline(`the ${this.#options.name}`, () => value);
  }

  /** @throws {UnavailableError} if the last read failed, or is so long ago that the value may have changed since */
  refuseUnread(): void {
    this.refuseOutdated();
    if (this.#triedAt <= this.#knownAt) return;
    throw new UnavailableError(`The ${this.#options.name} could not be read. The log shows why.`);
  }

  /** @throws {UnavailableError} if the value may have changed since it was read, {@link signingKeysNoticeSeconds} ago or earlier */
  refuseOutdated(): void {
    const seconds = Math.floor((this.#options.clock() - this.#knownAt) / 1_000);
    if (seconds < signingKeysNoticeSeconds) return;
    throw new UnavailableError(
      `The ${this.#options.name} were last read ${seconds} s ago, and may have been rotated since. ` +
        "The log shows why they cannot be read.",
    );
  }

  /** Shares one read among concurrent callers, but not a read that began before the function was frozen. */
  #sharedRead(): Promise<T> {
    const now = this.#options.clock();
    if (!this.#reading || now - this.#reading.since > this.#options.readTimeout) {
      const reading = { since: now, value: outsideRequest(() => this.#readOnce(now)) };
      this.#reading = reading;
      const end = () => {
        if (this.#reading === reading) this.#reading = undefined;
      };
      reading.value.then(end, end);
    }
    return this.#reading.value;
  }

  async #readOnce(begun: number): Promise<T> {
    const { name, load, readTimeout, onChange, onFailure } = this.#options;
    try {
      const value = await (this.#value ? withTimeout(`The ${name}`, readTimeout, load()) : load());
      const before = this.#value;
      if (before && begun < this.#knownAt) return before.of;
      // It is as old as the start of the read, however late it arrives.
      [this.#value, this.#knownAt] = [{ of: value }, begun];
      if (before) onChange?.(before.of, value);
    } catch (cause) {
      if (!this.#value) throw cause;
      // After a freeze, another read has begun, and says whether there is a failure.
      if (this.#reading?.since === begun) onFailure(cause);
    }
    this.#triedAt = Math.max(this.#triedAt, begun);
    return this.#value.of;
  }
}
