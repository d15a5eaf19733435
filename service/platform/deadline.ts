import { AsyncLocalStorage } from "node:async_hooks";
import type { DependencyName } from "../contract.ts";
import { AwakeTimer } from "./awake-timer.ts";

/** A dependency is unavailable. The error handler responds with 503. */
export class UnavailableError extends Error {
  /** The dependency, for the log. */
  readonly dependency: DependencyName | undefined;
  /** Tells this failure from others, such as the error prefix of Redis. */
  readonly code: string | undefined;

  constructor(
    message: string,
    options?: ErrorOptions & { dependency?: DependencyName | undefined; code?: string | undefined },
  ) {
    super(message, options);
    this.name = "UnavailableError";
    this.dependency = options?.dependency;
    this.code = options?.code;
  }
}

/**
 * Settles as `work` does, or rejects with {@link UnavailableError} after `milliseconds`. The work itself continues: give it a
 * timeout of its own where its library takes one. A time in which the process was frozen does not count.
 */
export async function withTimeout<T>(what: string, milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: AwakeTimer | undefined;
  const expiry = new Promise<typeof expired>((resolve) => {
    timer = new AwakeTimer(milliseconds, () => resolve(expired));
  });
  try {
    const outcome = await Promise.race([work, expiry]);
    if (outcome !== expired) return outcome;
  } finally {
    timer?.cancel();
  }
  // Not in the timer: there, the stack does not show the caller, and all timeouts would have the same fingerprint.
  throw new UnavailableError(`${what} did not respond within ${milliseconds} ms`, { code: what });
}

const expired = Symbol("expired");

/** A request did not get what it waits for before its deadline. This says nothing about the health of what it waits for. */
export class DeadlineError extends UnavailableError {}

/** Something that a request waits for. */
interface Wait {
  /** For the log: `MongoDB`, `the signing keys`. */
  readonly what: string;
  readonly dependency: DependencyName | undefined;
  /** If it is work that several requests share: what that work waits for. */
  shared?: Waits | undefined;
}

/** The waits of a request, or of work that several requests share. */
class Waits {
  // Created at the first wait: many requests are served from memory.
  #current: Set<Wait> | undefined;

  async wait<T>(wait: Wait, work: () => Promise<T>): Promise<T> {
    this.#current ??= new Set();
    this.#current.add(wait);
    try {
      const result = work();
      wait.shared = sharedWaits.get(result);
      return await result;
    } finally {
      this.#current.delete(wait);
    }
  }

  /** The wait that began last, and that causes the others. */
  get latest(): Wait | undefined {
    const last = [...(this.#current ?? [])].at(-1);
    return last && toCause(last);
  }
}

const toCause = (wait: Wait): Wait => wait.shared?.latest ?? wait;

/** What each shared work waits for, by its result. */
const sharedWaits = new WeakMap<object, Waits>();

const passed = Symbol("passed");

/**
 * The deadline of one request. Node.js hands it down to whatever the request calls, so that no step of a request waits beyond it, and
 * none begins after it: a write that starts after the 503 would surprise the client that has sent it again.
 */
export class RequestDeadline extends Waits {
  readonly #onPassed: (error: DeadlineError) => void;
  readonly #timer: AwakeTimer;
  #isEnded = false;
  /** Set when the deadline has passed. */
  #error: DeadlineError | undefined;
  #abort: AbortController | undefined;
  #passing: Promise<typeof passed> | undefined;
  #resolvePassing: ((value: typeof passed) => void) | undefined;

  /** @param onPassed called when the deadline has passed, and whatever waits has failed; not after {@link end} */
  constructor(milliseconds: number, onPassed: (error: DeadlineError) => void) {
    super();
    this.#onPassed = onPassed;
    this.#timer = new AwakeTimer(milliseconds, () => this.#pass());
  }

  /** The request has its response. */
  end(): void {
    this.#isEnded = true;
    this.#timer.cancel();
  }

  /** Aborts when the deadline passes. */
  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      if (this.#error) this.#abort.abort(this.#error);
    }
    return this.#abort.signal;
  }

  /** @throws {DeadlineError} if the deadline has passed; it names what the request waited for at that time */
  check(): void {
    if (this.#error) throw this.#error;
  }

  /**
   * Settles as `work` does, but not after the deadline.
   * @throws {DeadlineError} if the deadline passes, or has passed; then the work does not begin
   */
  override async wait<T>(wait: Wait, work: () => Promise<T>): Promise<T> {
    this.check();
    this.#passing ??= new Promise((resolve) => {
      this.#resolvePassing = resolve;
    });
    let cause = wait;
    const outcome = await Promise.race([
      super.wait(wait, work),
      this.#passing.then(() => {
        // Work that fails at the deadline, too, no longer waits for anything.
        cause = toCause(wait);
        return passed;
      }),
    ]);
    if (outcome !== passed) return outcome as T;
    throw createError(cause);
  }

  #pass(): void {
    const error = createError(this.latest);
    this.#error = error;
    this.#resolvePassing?.(passed);
    this.#abort?.abort(error);
    // After the handler has reacted, if it does.
    setImmediate(() => this.#isEnded || this.#onPassed(error));
  }
}

function createError(wait: Wait | undefined): DeadlineError {
  const what = wait?.what ?? "the handler";
  return new DeadlineError(`${what} did not respond before the deadline of the request`, {
    code: what,
    dependency: wait?.dependency,
  });
}

const contexts = new AsyncLocalStorage<Waits>();

/** Runs the rest of a request under a deadline. */
export const runUntil = <T>(deadline: RequestDeadline, rest: () => T): T => contexts.run(deadline, rest);

/** The deadline of the request to which the current code belongs, if any. */
export function currentDeadline(): RequestDeadline | undefined {
  const context = contexts.getStore();
  return context instanceof RequestDeadline ? context : undefined;
}

/**
 * Runs work that serves several requests, such as a connection: the deadline of the request that happens to begin it does not end it.
 * It needs a timeout of its own.
 */
export function outsideRequest<T>(work: () => Promise<T>): Promise<T> {
  const waits = new Waits();
  const result = contexts.run(waits, work);
  sharedWaits.set(result, waits);
  return result;
}

/**
 * Settles as `work` does, but not after the deadline of the current request, and does not begin it after that. The work itself
 * continues, unless it watches {@link RequestDeadline.signal}. Outside a request, it has no limit here.
 *
 * @param what what the work waits for, for the log
 * @throws {DeadlineError} when the deadline has passed
 */
export function untilDeadline<T>(what: string, work: () => Promise<T>, dependency?: DependencyName): Promise<T> {
  const context = contexts.getStore();
  return context ? context.wait({ what, dependency }, work) : work();
}
