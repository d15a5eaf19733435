const values = new Map<string, string>();

export default {
  async getItem(key: string): Promise<string | null> {
    return values.get(key) ?? null;
  },

  // As slow as a disk, so that two changes at once would be in each other's way.
  async setItem(key: string, value: string): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 1));
    values.set(key, value);
  },
};
