import { setTimeout } from "node:timers/promises";
import { type Clock, systemClock } from "../../service/platform/clock.ts";
import { OperatorError } from "../cli/errors.ts";
import type { runInterruptible } from "../cli/interruptible.ts";
import { poll } from "../cli/polling.ts";

/** Retries of a call end after this time. */
const deadlineMs = 120_000;
const firstRetryMs = 500;
const maxRetryMs = 15_000;

const firstPollMs = 5_000;
const maxPollMs = 60_000;

/** Time and chance, passed in so that tests need not wait. */
export interface Time {
  readonly clock: Clock;
  /** @throws the reason of the signal, once it is aborted */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** From 0 up to 1. */
  readonly random: () => number;
}

export const systemTime: Time = {
  clock: systemClock,
  random: Math.random,
  async sleep(milliseconds, signal) {
    await setTimeout(milliseconds, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
  },
};

/** A failed attempt that is worth a retry. */
export interface RetryableFailure {
  readonly error: Error;
  /** The server's `Retry-After`. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * Retries with exponential backoff for up to two minutes. The jitter keeps clients that failed together from retrying
 * together. A server's `Retry-After` adds to the delay.
 *
 * @param attempt returns a result or a retryable failure; throws what a retry cannot change
 * @throws the last failure's error
 */
export async function withRetries<T>(
  { clock, sleep, random }: Time,
  attempt: () => Promise<{ result: T } | RetryableFailure>,
  signal?: AbortSignal,
): Promise<T> {
  const giveUpAt = clock() + deadlineMs;
  let delayMs = 0;
  const { result } = await poll(
    async (number) => {
      const outcome = await attempt();
      if ("result" in outcome) return outcome;
      const backoffMs = Math.min(firstRetryMs * 2 ** (number - 1), maxRetryMs);
      delayMs = (outcome.retryAfterMs ?? 0) + random() * backoffMs;
      if (clock() + delayMs > giveUpAt) throw outcome.error;
      return undefined;
    },
    { delayMs: () => delayMs, wait: (milliseconds) => sleep(milliseconds, signal) },
  );
  return result;
}

/** Parses `Retry-After`: seconds, or a date. */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  if (!header) return undefined;
  const milliseconds = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(milliseconds) ? undefined : Math.max(milliseconds, 0);
}

/** The person, or the script, that runs a command. */
export interface Operator {
  /** @throws {OperatorError} unless the operator agrees to replace all data of this cluster */
  readonly confirm: (cluster: string) => Promise<void>;
  /** Receives a line of progress. */
  readonly log: (line: string) => void;
  readonly interruptible: typeof runInterruptible;
}

/** An operation in progress in Atlas. */
export interface Operation<T> {
  /** Such as `restore job 5f...`. */
  readonly what: string;
  readonly read: (signal: AbortSignal) => Promise<T>;
  readonly isDone: (current: T) => boolean;
  /** The Atlas CLI command that shows it. */
  readonly follow: string;
  /** The operation continues after this time. */
  readonly timeoutMinutes: number;
}

/**
 * Polls until an operation is done: after seconds at first, later once a minute.
 * @throws {OperatorError} on timeout or interruption
 */
export function waitForCompletion<T>(
  { what, read, isDone, follow, timeoutMinutes }: Operation<T>,
  { clock, sleep }: Time,
  { log, interruptible }: Omit<Operator, "confirm">,
): Promise<T> {
  const startedAt = clock();
  const why = `The ${what} continues in Atlas.`;
  const action = `Run the same command again to wait for it, or: ${follow}`;
  return interruptible({ why, action }, (signal) =>
    poll(
      async () => {
        const current = await read(signal);
        if (isDone(current)) return current;
        const seconds = Math.round((clock() - startedAt) / 1_000);
        if (seconds >= timeoutMinutes * 60) {
          const timeout = `The ${what} is not complete after ${timeoutMinutes} minutes.`;
          throw new OperatorError("atlas-wait-timeout", { what: timeout, why, action });
        }
        log(`${what}: running for ${Math.floor(seconds / 60)} min ${seconds % 60} s`);
        return undefined;
      },
      {
        delayMs: (attempt) => Math.min(firstPollMs * 1.5 ** (attempt - 1), maxPollMs),
        wait: (milliseconds) => sleep(milliseconds, signal),
      },
    ),
  );
}
