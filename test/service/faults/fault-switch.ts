import type { Dependency, Fault, Phase } from "./names.ts";

/** These last from the exchange that they strike to the end of the fault. */
const lasting = new Set<Fault>(["refused", "silent", "slow"]);

/**
 * Decides what happens to each exchange between the service and one dependency. Whatever stands between the two asks it.
 *
 * The database and Redis keep state, so their faults strike one exchange: what follows succeeds, as after a failed write whose result
 * is then read. The others only answer, and retries would hide one failure: their faults last.
 */
export class FaultSwitch {
  readonly #isLasting: (fault: Fault) => boolean;
  #fault: Fault | undefined;
  #remaining = 0;
  #held: (() => void)[] = [];
  #onEnd: (() => Promise<void>)[] = [];
  /** The exchanges that count: cold those that open a connection, warm all others. */
  phase: Phase = "warm";
  /** Exchanges since the fault was set. */
  exchanges = 0;
  /** The fault that lasts now. */
  lasts: Fault | undefined;
  hasStruck = false;

  constructor(dependency: Dependency | "SQS") {
    const isStateful = dependency === "MongoDB" || dependency === "Redis";
    this.#isLasting = (fault) => !isStateful || lasting.has(fault);
  }

  /** Sets the fault that strikes the `step`-th exchange from now on: 1 is the next. */
  set(phase: Phase, fault: Fault | undefined, step = 1): void {
    [this.phase, this.#fault, this.#remaining, this.exchanges, this.hasStruck] = [phase, fault, step, 0, false];
  }

  /** Begins an exchange. @returns the fault that strikes it */
  begin(): Fault | undefined {
    this.exchanges += 1;
    if (this.lasts) return this.lasts;
    if (!this.#fault || --this.#remaining > 0) return undefined;
    const fault = this.#fault;
    this.#fault = undefined;
    this.hasStruck = true;
    if (this.#isLasting(fault)) this.lasts = fault;
    return fault;
  }

  /** Delivers a late answer when the fault ends: after the request. */
  hold(deliver: () => void): void {
    this.#held.push(deliver);
  }

  /** Runs when the fault ends, before anything else. */
  onEnd(restore: () => Promise<void>): void {
    this.#onEnd.push(restore);
  }

  /** Ends the fault. */
  async end(): Promise<void> {
    this.#fault = undefined;
    this.lasts = undefined;
    for (const restore of this.#onEnd.splice(0)) await restore();
    for (const deliver of this.#held.splice(0)) deliver();
  }
}
