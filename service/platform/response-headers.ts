import cors from "cors";
import type { RequestHandler } from "express";
import helmet from "helmet";

/**
 * What every answer carries: the security headers, the cache's orders, and CORS's. One middleware, as each step of
 * Express costs a request as much as a header does.
 *
 * @param origins those that CORS answers to
 */
export function responseHeaders(origins: string[]): RequestHandler {
  const secure = securityHeaders();
  const answerOrigin = allowedOrigins(origins);
  return (request, response, next) => {
    secure(request, response, () => {
      // Answers are personal or short-lived; the few that a cache may keep say so themselves.
      response.setHeader("Cache-Control", "no-store");
      if (request.headers.origin) return answerOrigin(request, response, next);
      // The mobile app, unlike a browser, names no origin.
      response.setHeader("Vary", "Origin");
      next();
    });
  };
}

/** Headers that matter to an API of JSON documents; those about scripts and frames would only cost bytes. */
function securityHeaders() {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    crossOriginOpenerPolicy: false,
    crossOriginResourcePolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xFrameOptions: false,
    xPermittedCrossDomainPolicies: false,
    // Express is told not to send it.
    xPoweredBy: false,
    xXssProtection: false,
  });
}

/** CORS for the environment's origins alone, without credentials: tokens travel in a header, not in cookies. */
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
    exposedHeaders: ["ETag", "Location", "X-Request-Id", "Retry-After", "RateLimit", "RateLimit-Policy"],
    maxAge: 600,
  });
}
