import { client } from "./client.ts";

/** A page of what is stored, the newest first. `next_cursor` gets the next one; it is null on the last. */
export const historyPage = (cursor?: string | null) =>
  client.api.GET("/v1/activities", { params: { query: { limit: 20, ...(cursor && { cursor }) } } });

/** The sums of a month of UTC, such as `2026-05`, by kind and by day. */
export const monthSummary = (month: string) =>
  client.api.GET("/v1/activities/summary", { params: { query: { month } } });
