import type { Time } from "../../../clients/mobile/index.ts";

/**
 * Time that passes only while the client pauses, and then at once. Its timeouts never expire: responses take no time.
 * @param onPause gets the milliseconds of each pause
 */
export function skippedTime(onPause: (milliseconds: number) => void = () => {}): Time {
  let now = 0;
  return {
    now: () => now,
    async wait(milliseconds, ended) {
      if (ended) return new Promise(() => {});
      now += milliseconds;
      onPause(milliseconds);
    },
  };
}
