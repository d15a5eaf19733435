import type { Response } from "express";

/**
 * Sends JSON without the `ETag` that Express computes: a response that no client may cache does not need one.
 */
export function sendJson(response: Response, body: unknown): void {
  response.setHeader("Content-Type", "application/json; charset=utf-8");
  response.end(JSON.stringify(body));
}
