import { ConfigurationError } from "../../../service/config.ts";
import type { Time } from "./time.ts";

const firstMilliseconds = 5_000;
const mostMilliseconds = 60_000;

/** How waiting goes on, and what it says meanwhile. */
export interface Waiting {
  readonly time: Time;
  /** What is waited for, such as `restore job 5f...`. */
  readonly what: string;
  /** After so long it is not waited any more; what was begun goes on. */
  readonly limitMinutes: number;
  /** How to follow it without this command. */
  readonly follow: string;
  /** Takes a line now and then. */
  readonly tell: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Asks again and again, at first after seconds and later once a minute, until it is done.
 * @throws {ConfigurationError} if it takes longer than the limit
 */
export async function awaitEnd<T>(
  waiting: Waiting,
  ask: () => Promise<T>,
  done: (answer: T) => boolean,
): Promise<T> {
  const { time, what, limitMinutes, follow, tell, signal } = waiting;
  const begun = time.clock();
  for (let pause = firstMilliseconds; ; pause = Math.min(pause * 1.5, mostMilliseconds)) {
    const answer = await ask();
    if (done(answer)) return answer;
    const seconds = Math.round((time.clock() - begun) / 1_000);
    if (seconds >= limitMinutes * 60) {
      throw new ConfigurationError(
        `The ${what} has not ended after ${limitMinutes} minutes, and is not waited for any longer. It goes on in Atlas. Run ` +
          `the same command again to wait on, or: ${follow}`,
      );
    }
    tell(`${what}: running for ${Math.floor(seconds / 60)} min ${seconds % 60} s`);
    await time.sleep(pause, signal);
  }
}
