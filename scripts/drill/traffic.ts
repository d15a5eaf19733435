import { setTimeout as wait } from "node:timers/promises";
import { newActivity, type Phone, type SentActivity } from "./phone.ts";

/** Between two writes. */
const pauseMilliseconds = 50;

/** A write that the service has confirmed. */
export interface AcceptedWrite {
  readonly phone: Phone;
  readonly activity: SentActivity;
  /** When the answer came, in milliseconds since the epoch. */
  readonly at: number;
}

/** Users who go on recording activities, whatever happens to the service. */
export class Traffic {
  /** Writes that were confirmed, in order. */
  readonly accepted: AcceptedWrite[] = [];
  /** How many writes were not confirmed. */
  refused = 0;
  readonly #phones: readonly Phone[];
  #stopped = false;
  #ended = Promise.resolve();

  constructor(phones: readonly Phone[]) {
    this.#phones = phones;
  }

  /** How often users had to log in anew. */
  get logins(): number {
    return this.#phones.reduce((sum, { logins }) => sum + logins, 0);
  }

  start(): void {
    this.#ended = this.#run();
  }

  /** Resolves when no write is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended;
  }

  async #run(): Promise<void> {
    for (let turn = 0; !this.#stopped; turn++) {
      const phone = this.#phones[turn % this.#phones.length]!;
      const activity = newActivity(Date.now());
      if (await phone.record(activity)) this.accepted.push({ phone, activity, at: Date.now() });
      else this.refused += 1;
      await wait(pauseMilliseconds);
    }
  }
}
