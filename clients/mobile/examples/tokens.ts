import type { TokenStore } from "@ecobeat/mobile-client";
import * as SecureStore from "expo-secure-store";

const key = "ecobeat.tokens";

/** The session's tokens, in a store that no other app can read. Both are in one value, so that they change together. */
export const tokens: TokenStore = {
  async read() {
    const value = await SecureStore.getItemAsync(key);
    return value === null ? undefined : JSON.parse(value);
  },
  write: (pair) => SecureStore.setItemAsync(key, JSON.stringify(pair)),
  clear: () => SecureStore.deleteItemAsync(key),
};
