import type { RequestListener } from "node:http";
import express from "express";
import { demandAppVersion } from "./app-version/minimum.ts";
import type { ServiceConfig } from "./config.ts";
import { docsRoute } from "./contract.ts";
import { type Backends, createParts } from "./parts.ts";
import { demandApiKey } from "./platform/api-key.ts";
import { type Clock, systemClock } from "./platform/clock.ts";
import { errorHandler } from "./platform/error-handler.ts";
import type { Logger } from "./platform/logging.ts";
import { Metrics } from "./platform/metrics.ts";
import { problems } from "./platform/problems.ts";
import { requestContext } from "./platform/request-context.ts";
import { readableTargets } from "./platform/request-target.ts";
import { responseHeaders } from "./platform/response-headers.ts";
import { lazyRouter } from "./platform/routing.ts";

/** What the app is built from. The Lambda handler, the local server and the tests each bring their own. */
export interface Dependencies {
  config: ServiceConfig;
  backends: Backends;
  log: Logger;
  /** @default the system's clock */
  clock?: Clock;
  /**
   * What is measured, by the backends too; told in the log.
   * @default what the app measures itself
   */
  metrics?: Metrics;
  /**
   * The id of the current request.
   * @default a random UUID
   */
  requestId?: () => string;
}

/** The API, as an Express app without a server. Building it connects to nothing. */
export function createApp({
  config,
  backends,
  log,
  clock = systemClock,
  metrics = new Metrics(clock),
  requestId,
}: Dependencies): RequestListener {
  const parts = createParts(backends, config, clock, log, metrics);
  const app = express();
  app.disable("x-powered-by");
  app.enable("case sensitive routing");

  app.use(requestContext({ log, clock, metrics, requestId }));
  app.use(responseHeaders(config.corsOrigins));
  const { docs } = config;
  if (docs) {
    app.use(
      docsRoute,
      lazyRouter(async () => (await import("./docs/routes.ts")).docsRoutes(docs)),
    );
  }
  if (config.apiKey !== undefined) app.use(demandApiKey(config.apiKey));

  app.use(demandAppVersion(config.minimumAppVersion));

  // In the order of how often they are asked for: Express tries one after the other.
  app.use(
    "/v1/users",
    lazyRouter(async () => (await import("./users/routes.ts")).userRoutes(parts, clock)),
  );
  app.use(
    "/v1/activities",
    lazyRouter(async () => (await import("./activities/routes.ts")).activityRoutes(parts, clock)),
  );
  app.use(
    "/v1/auth/password",
    lazyRouter(async () => (await import("./auth/password-routes.ts")).passwordRoutes(parts, clock)),
  );
  app.use(
    "/v1/auth",
    lazyRouter(async () => (await import("./auth/routes.ts")).authRoutes(parts, clock)),
  );
  app.use(
    "/v1/sessions",
    lazyRouter(async () => (await import("./auth/session-routes.ts")).sessionRoutes(parts, clock)),
  );
  app.use(
    "/v1/app",
    lazyRouter(async () => (await import("./app-version/routes.ts")).appRoutes(config.minimumAppVersion)),
  );
  app.use(
    "/v1/activity-kinds",
    lazyRouter(async () => (await import("./activities/kind-routes.ts")).kindRoutes()),
  );
  app.use(
    "/health",
    lazyRouter(async () => (await import("./health/routes.ts")).healthRoutes(parts, log)),
  );
  app.use(
    "/.well-known",
    lazyRouter(async () => (await import("./auth/jwks.ts")).jwksRoutes(parts)),
  );
  app.use(
    "/openapi.json",
    lazyRouter(async () => (await import("./openapi/routes.ts")).documentRoutes()),
  );

  app.use((_request, _response, next) => next(problems.routeNotFound()));
  app.use(errorHandler);
  return readableTargets(app);
}
