import type { components } from "@ecobeat/mobile-client";
import AsyncStorage from "@react-native-async-storage/async-storage";
import { client } from "./client.ts";

type Kinds = components["schemas"]["ActivityKinds"];

const key = "ecobeat.kinds";

/** The kinds to choose from, offline as well. Sent by the service only if they have changed; undefined if never read yet. */
export async function activityKinds(): Promise<Kinds | undefined> {
  const value = await AsyncStorage.getItem(key);
  const kept: { etag: string; kinds: Kinds } | undefined = value === null ? undefined : JSON.parse(value);
  const answer = await client.api
    .GET("/v1/activity-kinds", { params: { header: kept ? { "If-None-Match": kept.etag } : {} } })
    .catch(() => undefined);
  // Not reached, refused, or 304: what is kept holds.
  if (!answer?.data) return kept?.kinds;
  const etag = answer.response.headers.get("ETag");
  await AsyncStorage.setItem(key, JSON.stringify({ etag, kinds: answer.data }));
  return answer.data;
}
