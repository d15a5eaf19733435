import { setTimeout } from "node:timers/promises";

/** How {@link poll} waits between attempts. */
export interface PollOptions {
  /** Milliseconds between two attempts, or after attempt number `attempt`, which starts at 1. */
  readonly delayMs: number | ((attempt: number) => number);
  /** Ends the waiting with its reason. It does not reach the attempt, which must watch the signal itself. */
  readonly signal?: AbortSignal | undefined;
  /** Lets time pass. @default a timer */
  readonly wait?: ((milliseconds: number) => Promise<unknown>) | undefined;
}

/**
 * Repeats an attempt until it has a result. The attempt decides when to give up: it throws.
 *
 * @param attempt returns undefined while there is no result yet
 * @throws the reason of the signal, if that is aborted while waiting
 */
export async function poll<Result>(
  attempt: (number: number) => Promise<Result | undefined>,
  { delayMs, signal, wait }: PollOptions,
): Promise<Result> {
  for (let number = 1; ; number++) {
    const result = await attempt(number);
    if (result !== undefined) return result;
    const milliseconds = typeof delayMs === "number" ? delayMs : delayMs(number);
    await (wait ? wait(milliseconds) : setTimeout(milliseconds, undefined, signal && { signal })).catch(
      (error: unknown) => {
        signal?.throwIfAborted();
        throw error;
      },
    );
    signal?.throwIfAborted();
  }
}
