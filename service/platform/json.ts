import type { Response } from "express";

/**
 * Answers with JSON, for less than Express's own way: that one also hashes the body for an `ETag`, which is of
 * no use to an answer that nobody may keep.
 */
export function sendJson(response: Response, body: unknown): void {
  response.setHeader("Content-Type", "application/json; charset=utf-8");
  response.end(JSON.stringify(body));
}
