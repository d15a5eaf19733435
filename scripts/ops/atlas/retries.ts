import type { Time } from "./time.ts";

/** After this long, a call that goes on failing is given up. */
const deadlineMilliseconds = 120_000;
const firstMilliseconds = 500;
const mostMilliseconds = 15_000;

/** An attempt that failed, but might not fail the next time. */
export interface Failure {
  readonly error: Error;
  /** How long the server asks to wait. */
  readonly retryAfterMilliseconds?: number | undefined;
}

/**
 * Tries until it works, is refused for good, or two minutes have passed. Waits longer each time, by chance, so that many
 * who failed at once do not come back at once; and as long as the server asks.
 *
 * @param attempt gives a result, or a failure that may pass; throws what will not
 * @throws the last failure's error
 */
export async function withRetries<T>(
  { clock, sleep, random }: Time,
  attempt: () => Promise<{ result: T } | Failure>,
  signal?: AbortSignal,
): Promise<T> {
  const giveUpAt = clock() + deadlineMilliseconds;
  for (let longest = firstMilliseconds; ; longest = Math.min(longest * 2, mostMilliseconds)) {
    signal?.throwIfAborted();
    const outcome = await attempt();
    if ("result" in outcome) return outcome.result;
    const wait = (outcome.retryAfterMilliseconds ?? 0) + random() * longest;
    if (clock() + wait > giveUpAt) throw outcome.error;
    await sleep(wait, signal);
  }
}

/** Reads `Retry-After`, which tells seconds or a date. */
export function retryAfter(header: string | null, now: number): number | undefined {
  if (!header) return undefined;
  const milliseconds = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(milliseconds) ? undefined : Math.max(milliseconds, 0);
}
