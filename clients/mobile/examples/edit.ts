import type { components } from "@ecobeat/mobile-client";
import { client } from "./client.ts";

/** Reads an activity for a screen that edits it. Keep the `etag` with what the user sees. */
export async function openActivity(id: string) {
  const { data, error, response } = await client.api.GET("/v1/activities/{id}", { params: { path: { id } } });
  return { activity: data, etag: response.headers.get("ETag") ?? "", error };
}

/** Changes the version that the user saw. If it has changed since, the problem is `precondition-failed`, and nothing is changed. */
export async function saveActivity(id: string, etag: string, change: components["schemas"]["ActivityChange"]) {
  const { error } = await client.api.PATCH("/v1/activities/{id}", {
    params: { path: { id }, header: { "If-Match": etag } },
    body: change,
  });
  return error;
}

/** Deletes the version that the user saw, as above; without an `etag`, any version. A deletion that is sent again gets 404. */
export async function deleteActivity(id: string, etag?: string) {
  const { error } = await client.api.DELETE("/v1/activities/{id}", {
    params: { path: { id }, header: etag === undefined ? {} : { "If-Match": etag } },
  });
  return error?.type.endsWith("/activity-not-found") ? undefined : error;
}
