import type { IncomingMessage, ServerResponse } from "node:http";
import cors from "cors";
import type { RequestHandler } from "express";
import helmet from "helmet";

/**
 * Sets the headers of every response: for security, caches and CORS. One middleware, as each step of Express costs a request as
 * much as a header does.
 *
 * @param origins the origins that CORS allows
 */
export function responseHeaders(origins: string[]): RequestHandler {
  const headers = securityHeaders();
  // Responses are personal or short-lived. The few that a cache may keep override this.
  headers.push(["Cache-Control", "no-store"]);
  const setCorsHeaders = allowedOrigins(origins);
  return (request, response, next) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    if (request.headers.origin) return setCorsHeaders(request, response, next);
    // The mobile app, unlike a browser, sends no origin.
    response.setHeader("Vary", "Origin");
    next();
  };
}

/**
 * Headers that matter to a JSON API. Those about scripts and frames only cost bytes. With these options, Helmet sets the same on each
 * response, so that it need not run for each.
 */
function securityHeaders(): [name: string, value: string][] {
  const setHeaders = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    crossOriginOpenerPolicy: false,
    crossOriginResourcePolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xFrameOptions: false,
    xPermittedCrossDomainPolicies: false,
    // The app disables it in Express.
    xPoweredBy: false,
    xXssProtection: false,
  });
  const headers: [name: string, value: string][] = [];
  const response = { setHeader: (name: string, value: string) => headers.push([name, value]) };
  setHeaders({} as IncomingMessage, response as unknown as ServerResponse, () => {});
  return headers;
}

/** CORS for the environment's origins only, without credentials: tokens are in a header, not in cookies. */
function allowedOrigins(origins: string[]) {
  return cors({
    origin: origins,
    methods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
    allowedHeaders: [
      "Authorization",
      "Content-Type",
      "Idempotency-Key",
      "If-Match",
      "If-None-Match",
      "X-Api-Key",
      "X-App-Version",
    ],
    exposedHeaders: [
      "Deprecation",
      "ETag",
      "Link",
      "Location",
      "RateLimit",
      "RateLimit-Policy",
      "Retry-After",
      "Sunset",
      "X-Request-Id",
    ],
    maxAge: 600,
  });
}
