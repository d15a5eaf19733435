import { setTimeout } from "node:timers/promises";
import { ConfigurationError } from "../../service/config.ts";
import { type Clock, systemClock } from "../../service/platform/clock.ts";

/** After this long, a call that goes on failing is given up. */
const deadlineMs = 120_000;
const firstRetryMs = 500;
const maxRetryMs = 15_000;

const firstPollMs = 5_000;
const maxPollMs = 60_000;

/** Time and chance, passed in so that tests wait for nothing. */
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

/** An attempt that failed, but might not fail the next time. */
export interface RetryableFailure {
  readonly error: Error;
  /** How long the server asks to wait. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * Tries until it works, is refused permanently, or two minutes have passed. Waits longer each time, by chance, so that many
 * who failed together do not come back together; and as long as the server asks.
 *
 * @param attempt gives a result, or a failure that may pass; throws what will not
 * @throws the last failure's error
 */
export async function withRetries<T>(
  { clock, sleep, random }: Time,
  attempt: () => Promise<{ result: T } | RetryableFailure>,
  signal?: AbortSignal,
): Promise<T> {
  const giveUpAt = clock() + deadlineMs;
  for (let longest = firstRetryMs; ; longest = Math.min(longest * 2, maxRetryMs)) {
    signal?.throwIfAborted();
    const outcome = await attempt();
    if ("result" in outcome) return outcome.result;
    const wait = (outcome.retryAfterMs ?? 0) + random() * longest;
    if (clock() + wait > giveUpAt) throw outcome.error;
    await sleep(wait, signal);
  }
}

/** Reads `Retry-After`, which tells seconds or a date. */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  if (!header) return undefined;
  const milliseconds = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(milliseconds) ? undefined : Math.max(milliseconds, 0);
}

/** How waiting goes on, and what it says meanwhile. */
export interface WaitOptions {
  readonly time: Time;
  /** What is waited for, such as `restore job 5f...`. */
  readonly what: string;
  /** After so long it is not waited any more; what was begun goes on. */
  readonly timeoutMinutes: number;
  /** How to follow it without this command. */
  readonly follow: string;
  /** Takes a line of progress. */
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Asks again and again, at first after seconds and later once a minute, until it is done.
 * @throws {ConfigurationError} if it takes longer than the limit
 */
export async function waitForCompletion<T>(
  waiting: WaitOptions,
  ask: () => Promise<T>,
  done: (answer: T) => boolean,
): Promise<T> {
  const { time, what, timeoutMinutes, follow, log, signal } = waiting;
  const begun = time.clock();
  for (let pause = firstPollMs; ; pause = Math.min(pause * 1.5, maxPollMs)) {
    const answer = await ask();
    if (done(answer)) return answer;
    const seconds = Math.round((time.clock() - begun) / 1_000);
    if (seconds >= timeoutMinutes * 60) {
      throw new ConfigurationError(
        `The ${what} has not ended after ${timeoutMinutes} minutes, and is not waited for any longer. It goes on in Atlas. Run ` +
          `the same command again to wait on, or: ${follow}`,
      );
    }
    log(`${what}: running for ${Math.floor(seconds / 60)} min ${seconds % 60} s`);
    await time.sleep(pause, signal);
  }
}
