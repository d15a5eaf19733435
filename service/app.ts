import cors from "cors";
import express, { type Express, type RequestHandler } from "express";
import helmet from "helmet";
import type { ServiceConfig } from "./config.ts";
import { type Backends, createParts } from "./parts.ts";
import { type Clock, systemClock } from "./platform/clock.ts";
import { errorHandler } from "./platform/error-handler.ts";
import type { Logger } from "./platform/logging.ts";
import { problems } from "./platform/problems.ts";
import { requestContext } from "./platform/request-context.ts";
import { lazyRouter } from "./platform/routing.ts";

/** What the app is built from. The Lambda handler, the local server and the tests each bring their own. */
export interface Dependencies {
  config: ServiceConfig;
  backends: Backends;
  log: Logger;
  /** @default the system's clock */
  clock?: Clock;
  /**
   * The id of the current request.
   * @default a random UUID
   */
  requestId?: () => string;
}

/** The API, as an Express app without a server. Building it connects to nothing. */
export function createApp({ config, backends, log, clock = systemClock, requestId }: Dependencies): Express {
  const parts = createParts(backends, config, clock);
  const app = express();
  app.disable("x-powered-by");
  app.enable("case sensitive routing");

  app.use(requestContext({ log, clock, requestId }));
  app.use(securityHeaders());
  app.use(noStore);
  app.use(allowedOrigins(config.corsOrigins));

  app.use(
    "/health",
    lazyRouter(async () => (await import("./health/routes.ts")).healthRoutes(parts, log)),
  );
  app.use(
    "/.well-known",
    lazyRouter(async () => (await import("./auth/jwks.ts")).jwksRoutes(parts)),
  );
  app.use(
    "/v1/auth",
    lazyRouter(async () => (await import("./auth/routes.ts")).authRoutes(parts, clock)),
  );
  app.use(
    "/v1/users",
    lazyRouter(async () => (await import("./users/routes.ts")).userRoutes(parts, clock)),
  );

  app.use((_request, _response, next) => next(problems.routeNotFound()));
  app.use(errorHandler);
  return app;
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
    xXssProtection: false,
  });
}

/** Answers are personal or short-lived; the few that a cache may keep say so themselves. */
const noStore: RequestHandler = (_request, response, next) => {
  response.setHeader("Cache-Control", "no-store");
  next();
};

/** CORS for the environment's origins alone, without credentials: tokens travel in a header, not in cookies. */
function allowedOrigins(origins: string[]) {
  return cors({
    origin: origins,
    methods: ["GET", "POST", "PATCH", "DELETE"],
    allowedHeaders: ["Authorization", "Content-Type", "X-Api-Key"],
    exposedHeaders: ["X-Request-Id", "Retry-After"],
    maxAge: 600,
  });
}
