import type { TokenStore, Tokens } from "../../../clients/mobile/index.ts";

/** Keeps tokens as a phone does: what was written is there after the app was started anew. */
export class MemoryTokenStore implements TokenStore {
  tokens: Tokens | undefined;
  /** All that was ever written. */
  readonly written: Tokens[] = [];

  async read(): Promise<Tokens | undefined> {
    return this.tokens;
  }

  async write(tokens: Tokens): Promise<void> {
    this.tokens = tokens;
    this.written.push(tokens);
  }

  async clear(): Promise<void> {
    this.tokens = undefined;
  }
}
