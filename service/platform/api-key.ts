import { createHash, timingSafeEqual } from "node:crypto";
import type { RequestHandler } from "express";
import { problems } from "./problems.ts";

/**
 * Requires the app's API key, as API Gateway does where it is in front of the service. An OPTIONS preflight needs none: a
 * browser sends it without the app's headers.
 */
export function requireApiKey(apiKey: string): RequestHandler {
  const expected = digest(apiKey);
  return (request, _response, next) => {
    if (request.method === "OPTIONS") return next();
    const presented = request.headers["x-api-key"];
    if (typeof presented === "string" && timingSafeEqual(digest(presented), expected)) return next();
    next(problems.apiKeyRefused());
  };
}

/** Of constant length, so that the time of the comparison reveals nothing. */
const digest = (text: string) => createHash("sha256").update(text).digest();
