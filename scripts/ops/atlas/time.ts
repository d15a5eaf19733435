import { setTimeout } from "node:timers/promises";
import { type Clock, systemClock } from "../../../service/platform/clock.ts";

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
