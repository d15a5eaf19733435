import type { components } from "@ecobeat/mobile-client";
import { client } from "./client.ts";

/** Reads an activity for a screen that edits it. Keep the `etag` with what the user sees. */
export async function openActivity(id: string) {
  const { data, error, response } = await client.api.GET("/v1/activities/{id}", { params: { path: { id } } });
  return { activity: data, etag: response.headers.get("ETag") ?? "", error };
}

/** Changes what the user saw. If it is another by now, nothing is done: the problem is `precondition-failed`. */
export async function saveActivity(
  id: string,
  etag: string,
  change: components["schemas"]["ActivityChange"],
) {
  const { error } = await client.api.PATCH("/v1/activities/{id}", {
    params: { path: { id }, header: { "If-Match": etag } },
    body: change,
  });
  return error;
}

/** Gone is gone: 404 is the answer to a deletion that was sent again. */
export async function deleteActivity(id: string) {
  const { error, response } = await client.api.DELETE("/v1/activities/{id}", { params: { path: { id } } });
  return response.status === 404 ? undefined : error;
}
