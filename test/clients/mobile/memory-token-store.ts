import { setTimeout } from "node:timers/promises";
import type { TokenStore, Tokens } from "../../../clients/mobile/index.ts";

/** Keeps tokens as a phone does: they survive a restart of the app. */
export class MemoryTokenStore implements TokenStore {
  tokens: Tokens | undefined;
  /** Milliseconds that each call takes, as a secure store's may. */
  slow = 0;
  /** All that was ever written. */
  readonly written: Tokens[] = [];

  async read(): Promise<Tokens | undefined> {
    const { tokens } = this;
    await this.#wait();
    return tokens;
  }

  async write(tokens: Tokens): Promise<void> {
    await this.#wait();
    this.tokens = tokens;
    this.written.push(tokens);
  }

  async clear(): Promise<void> {
    await this.#wait();
    this.tokens = undefined;
  }

  async #wait(): Promise<void> {
    if (this.slow > 0) await setTimeout(this.slow);
  }
}
