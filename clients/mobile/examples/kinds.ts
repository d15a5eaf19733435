import type { components } from "@ecobeat/mobile-client";
import AsyncStorage from "@react-native-async-storage/async-storage";
import { client } from "./client.ts";

type Kinds = components["schemas"]["ActivityKinds"];

const key = "ecobeat.kinds";

/** A value that cannot be read counts as none. */
function parse(value: string): { etag: string; kinds: Kinds } | undefined {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

/** The kinds to choose from, also offline. The service sends them only after a change. Undefined if they were never read. */
export async function activityKinds(): Promise<Kinds | undefined> {
  const value = await AsyncStorage.getItem(key);
  const stored = value === null ? undefined : parse(value);
  const response = await client.api
    .GET("/v1/activity-kinds", { params: { header: stored ? { "If-None-Match": stored.etag } : {} } })
    .catch(() => undefined);
  // Unreachable, refused, or 304: the stored kinds are current.
  if (!response?.data) return stored?.kinds;
  const etag = response.response.headers.get("ETag");
  await AsyncStorage.setItem(key, JSON.stringify({ etag, kinds: response.data }));
  return response.data;
}
