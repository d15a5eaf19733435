import { createHash, timingSafeEqual } from "node:crypto";
import type { RequestHandler } from "express";
import { problems } from "./problems.ts";

/**
 * Demands the app's API key as API Gateway does, where there is no API Gateway before the service: but never of OPTIONS, by
 * which a browser asks leave before it sends a key.
 */
export function requireApiKey(apiKey: string): RequestHandler {
  const expected = digest(apiKey);
  return (request, _response, next) => {
    if (request.method === "OPTIONS") return next();
    const presented = request.get("x-api-key");
    if (presented && timingSafeEqual(digest(presented), expected)) return next();
    next(problems.apiKeyRefused());
  };
}

/** Of one length, whatever is hashed, so that the comparison tells nothing by its time. */
const digest = (text: string) => createHash("sha256").update(text).digest();
