import { anyRequest, type RequestKind } from "./mixed-day.ts";
import { Tally } from "./results.ts";
import type { Phone } from "./virtual-user.ts";

/** A load. */
export interface Day {
  phones: readonly Pick<Phone, "ask">[];
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
export async function runDay(
  { phones, concurrency, milliseconds, next = anyRequest }: Day,
  tally = new Tally(),
): Promise<Tally> {
  const idle = [...phones];
  const end = performance.now() + milliseconds;
  const ask = async () => {
    while (performance.now() < end) {
      const phone = idle.shift()!;
      await phone.ask(next()).then(
        (outcome) => tally.add(outcome),
        (error) => tally.addBroken(error),
      );
      idle.push(phone);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, ask));
  return tally;
}
