/** Where links of mails wait to be used. A full or failed store may lose one: its user then requests another. */
export interface LinkStore {
  /** Stores a value that expires by itself. */
  put(key: string, value: string, lifetimeMs: number): Promise<void>;
  /** The value of the first of these keys that has one. */
  find(keys: readonly string[]): Promise<string | undefined>;
}
