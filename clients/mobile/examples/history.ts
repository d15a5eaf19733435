import { client } from "./client.ts";

/** A page of the stored activities, newest first. `next_cursor` gets the next page, and is null on the last one. */
export const historyPage = (cursor?: string | null) =>
  client.api.GET("/v1/activities", { params: { query: { limit: 20, ...(cursor && { cursor }) } } });

/** The sums of a month of UTC, such as `2026-05`, by kind and by day. */
export const monthSummary = (month: string) =>
  client.api.GET("/v1/activities/summary", { params: { query: { month } } });
