import { setTimeout as wait } from "node:timers/promises";
import { newActivity, type Phone, type SentActivity } from "./phone.ts";

const pauseMilliseconds = 250;
const waitMilliseconds = 120_000;

/** Looks at the service from outside as monitoring does: its health, whether a known account's data are right, and whether it can log in. */
export class Probe {
  readonly #api: string;
  readonly #phone: Phone;
  readonly #known: SentActivity;

  private constructor(api: string, phone: Phone, known: SentActivity) {
    this.#api = api;
    this.#phone = phone;
    this.#known = known;
  }

  /** @param account one that is there, for the probe alone */
  static async create(api: string, phone: Phone): Promise<Probe> {
    const known = newActivity(Date.now());
    if (!(await phone.record(known))) throw new Error("The probe's activity was not stored.");
    return new Probe(api, phone, known);
  }

  /** Whether all is well for whoever has logged in. */
  async #isWell(): Promise<boolean> {
    const health = await fetch(`${this.#api}/health/ready`).catch(() => undefined);
    return health?.status === 200 && isAsSent(await this.#phone.find(this.#known.id), this.#known);
  }

  /** Asks the other function, which may be well later. On another phone, so that this one's session is that of before. */
  async #canLogIn(): Promise<boolean> {
    return (await this.#phone.another().logIn()) === 200;
  }

  /**
   * Waits until all is well, or until it is not. It logs in only when all else is well, as logins have limits.
   * @throws if that takes more than two minutes
   */
  async waitUntil(well: boolean): Promise<void> {
    const end = Date.now() + waitMilliseconds;
    while ((await this.#isWell()) !== well || (well && !(await this.#canLogIn()))) {
      if (Date.now() > end) {
        throw new Error(
          well
            ? "The service is not well again, two minutes after the last step."
            : "Nobody noticed the disaster for two minutes: the service's health is good.",
        );
      }
      await wait(pauseMilliseconds);
    }
  }
}

/** Whether the service shows an activity as a phone has sent it. */
export const isAsSent = (found: SentActivity | undefined, sent: SentActivity): boolean =>
  found !== undefined &&
  found.kind === sent.kind &&
  found.quantity === sent.quantity &&
  found.occurred_at === sent.occurred_at;
