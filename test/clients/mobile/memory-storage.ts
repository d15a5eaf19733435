import type { QueueStorage } from "../../../clients/mobile/index.ts";

/** Keeps values as a phone does: they survive a restart of the app. */
export class MemoryStorage implements QueueStorage {
  readonly values = new Map<string, string>();
  /** Called before a value is written; the value is not written if it rejects. */
  beforeWrite: () => Promise<void> = async () => {};

  async getItem(key: string): Promise<string | null> {
    return this.values.get(key) ?? null;
  }

  async setItem(key: string, value: string): Promise<void> {
    // As slow as a disk, so that two changes at the same time would be in each other's way.
    await new Promise((resolve) => setImmediate(resolve));
    await this.beforeWrite();
    this.values.set(key, value);
  }
}
