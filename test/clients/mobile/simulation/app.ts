import type { QueueStorage, TokenStore, Tokens } from "../../../../clients/mobile/index.ts";
import type { Random } from "./random.ts";
import { second, type VirtualTime } from "./virtual-time.ts";

/** The life of an app, from its start until it is killed. */
export class Life {
  #end = () => {};
  #isOver = false;
  readonly over = new Promise<void>((resolve) => {
    this.#end = resolve;
  });

  end(): void {
    this.#isOver = true;
    this.#end();
  }

  /** Settles as the work does, and never if the app is no more. */
  async live<T>(work: Promise<T>): Promise<T> {
    const [outcome] = await Promise.allSettled([work]);
    if (this.#isOver) return new Promise(() => {});
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  }
}

/** The storage of a phone, which survives the app. A use of it may fail, or be the last thing that the app does. */
export class PhoneStorage {
  tokens: Tokens | undefined;
  /** The tokens that it had last. */
  lastTokens: Tokens | undefined;
  readonly values = new Map<string, string>();
  /** Whether nothing fails. */
  isPerfect = true;
  /** How often the app was killed while it used the storage. */
  crashes = 0;
  readonly #time: VirtualTime;
  readonly #random: Random;

  constructor(time: VirtualTime, random: Random) {
    this.#time = time;
    this.#random = random;
  }

  /** The secure store of an app. */
  openTokenStore(life: Life): TokenStore {
    const set = (tokens: Tokens | undefined) => () => {
      this.tokens = tokens;
      this.lastTokens = tokens ?? this.lastTokens;
    };
    return {
      read: () => this.#use(life, () => this.tokens),
      write: (tokens) => this.#use(life, set(tokens)),
      clear: () => this.#use(life, set(undefined)),
    };
  }

  /** The other storage of an app. */
  openQueueStorage(life: Life): QueueStorage {
    return {
      getItem: (key) => this.#use(life, () => this.values.get(key) ?? null),
      setItem: (key, value) => this.#use(life, () => void this.values.set(key, value)),
    };
  }

  #use<T>(life: Life, work: () => T): Promise<T> {
    const random = this.#random;
    const using = async () => {
      await this.#time.wait(random.between(1, 0.1 * second));
      if (this.isPerfect) return work();
      if (random.chance(0.01)) throw new Error("The storage is locked.");
      if (!random.chance(0.01)) return work();
      this.crashes += 1;
      life.end();
      // Before it was done, or after.
      return random.chance(0.5) ? work() : (undefined as T);
    };
    return life.live(using());
  }
}
