import { pickRequestKind, type RequestKind } from "./mixed-day.ts";
import { Results } from "./results.ts";
import type { VirtualUser } from "./virtual-user.ts";

/** A load. */
export interface Workload {
  phones: readonly Pick<VirtualUser, "ask">[];
  /** How many of the phones ask at a time; no more than there are. */
  concurrency: number;
  milliseconds: number;
  /** @default the mix of a day */
  next?: () => RequestKind;
}

/**
 * Lets phones ask, one request after the other each.
 * @param tally takes in what became of the requests
 */
export async function runWorkload(
  { phones, concurrency, milliseconds, next = pickRequestKind }: Workload,
  tally = new Results(),
): Promise<Results> {
  const idle = [...phones];
  const end = performance.now() + milliseconds;
  const ask = async () => {
    while (performance.now() < end) {
      const phone = idle.shift()!;
      await phone.ask(next()).then(
        (outcome) => tally.add(outcome),
        (error) => tally.addConnectionError(error),
      );
      idle.push(phone);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, ask));
  return tally;
}
