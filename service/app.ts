import type { RequestListener } from "node:http";
import express, { type Request, type RequestHandler, type Response } from "express";
import { requireAppVersion } from "./app-version/minimum.ts";
import type { ServiceConfig } from "./config.ts";
import { docsRoute, linksRoute, type ServiceFunctionName } from "./contract.ts";
import { type Backends, createDependencies } from "./dependencies.ts";
import { requireApiKey } from "./platform/api-key.ts";
import { type Clock, systemClock } from "./platform/clock.ts";
import { endBrokenResponse, errorHandler } from "./platform/error-handler.ts";
import type { Logger } from "./platform/logging.ts";
import { Metrics } from "./platform/metrics.ts";
import { problems } from "./platform/problems.ts";
import { adoptPrototypes, setPrototypes } from "./platform/prototypes.ts";
import { requestContext } from "./platform/request-context.ts";
import { normalizeRequestTarget } from "./platform/request-target.ts";
import { responseDeadline } from "./platform/response-deadline.ts";
import { responseHeaders } from "./platform/response-headers.ts";
import {
  callHandler,
  createRouter,
  inSequence,
  type LazyRouter,
  lazyRouter,
  type Mounted,
  mountAll,
  type ServedRoutes,
} from "./platform/routing.ts";
import { defaultTimeouts, type Timeouts } from "./platform/timeouts.ts";
import { stopPretenuring } from "./platform/young-generation.ts";
import type { Security } from "./routes.ts";

/** Options of the app. The Lambda handler, the local server and the tests each have their own. */
export interface AppOptions {
  config: ServiceConfig;
  backends: Backends;
  log: Logger;
  /** @default the system clock */
  clock?: Clock;
  /**
   * Metrics of the app and its backends, written to the log.
   * @default metrics of the app alone
   */
  metrics?: Metrics;
  /**
   * The id of the current request.
   * @default a random UUID
   */
  requestId?: () => string;
  /**
   * How many milliseconds are left for the current request.
   * @default as many as the timeouts allow
   */
  remainingMilliseconds?: () => number;
  /** Whether the log has the path of a request, in addition to its route. Only for a developer's own log. @default false */
  logsPath?: boolean;
  /**
   * Whether all requests and responses of their classes are for this app, as where it has the process for itself: that makes it
   * faster. The classes extend those of Node.js.
   * @default false
   */
  ownsClasses?: boolean;
  /** @default those of the service in production */
  timeouts?: Timeouts;
}

/** The API, as an Express app without a server. */
export interface App extends RequestListener {
  /** Loads the most frequent routes of a function, and connects to what they need: {@link prepareFunction}. */
  prepare(name: ServiceFunctionName): Promise<void>;
}

/** Building the app connects to nothing. */
export function createApp({
  config,
  backends,
  log,
  clock = systemClock,
  metrics = new Metrics(clock),
  requestId,
  remainingMilliseconds = () => Number.POSITIVE_INFINITY,
  logsPath,
  ownsClasses = false,
  timeouts = defaultTimeouts,
}: AppOptions): App {
  const dependencies = createDependencies(backends, config, clock, log, metrics, timeouts);
  const app = express();
  app.disable("x-powered-by");
  app.enable("case sensitive routing");

  const routers = new Map<string, LazyRouter>();
  const mounts: Mounted[] = [];
  const mount = <Least extends Security>(
    path: string,
    load: () => Promise<ServedRoutes<Least>>,
    ...guards: RequestHandler[]
  ) => {
    const router = lazyRouter(path, async () => createRouter(path, await load()));
    routers.set(path, router);
    mounts.push([path, inSequence(...guards, router)]);
  };
  const requireApp = inSequence(
    ...(config.apiKey === undefined ? [] : [requireApiKey(config.apiKey)]),
    requireAppVersion(config.minimumAppVersion, metrics),
  );
  const open = mount<"none">;
  const keyed = (path: string, load: () => Promise<ServedRoutes<"api key">>) => mount(path, load, requireApp);

  // The most frequent first: a request tries one after the other.
  keyed("/v1/users", async () => (await import("./users/routes.ts")).userRoutes(dependencies, clock));
  keyed("/v1/activities", async () => (await import("./activities/routes.ts")).activityRoutes(dependencies, clock));
  keyed("/v1/auth/password", async () =>
    (await import("./auth/password-routes.ts")).passwordRoutes(dependencies, clock),
  );
  keyed("/v1/auth/password-reset", async () =>
    (await import("./auth/password-reset-routes.ts")).passwordResetRoutes(dependencies, clock),
  );
  keyed("/v1/auth/email", async () => (await import("./auth/email-routes.ts")).emailRoutes(dependencies, clock));
  keyed("/v1/auth", async () => (await import("./auth/routes.ts")).authRoutes(dependencies, clock));
  keyed("/v1/sessions", async () => (await import("./auth/session-routes.ts")).sessionRoutes(dependencies, clock));

  open("/health", async () => (await import("./health/routes.ts")).healthRoutes(dependencies, log, timeouts));
  open("/v1/app", async () => (await import("./app-version/routes.ts")).appRoutes(config.minimumAppVersion));
  open("/v1/activity-kinds", async () => (await import("./activities/kind-routes.ts")).kindRoutes());
  open("/.well-known", async () => (await import("./auth/jwks.ts")).jwksRoutes(dependencies));
  open("/.well-known/apple-app-site-association", async () =>
    (await import("./links/association.ts")).appleAssociationRoutes(config.linkApp),
  );
  open("/.well-known/assetlinks.json", async () =>
    (await import("./links/association.ts")).androidAssociationRoutes(config.linkApp),
  );
  open("/openapi.json", async () => (await import("./openapi/routes.ts")).documentRoutes(config.release));

  app.use(
    linksRoute,
    lazyRouter(linksRoute, async () => (await import("./links/routes.ts")).linkRoutes(dependencies, clock)),
  );
  const { docs } = config;
  if (docs) {
    app.use(
      docsRoute,
      lazyRouter(docsRoute, async () => (await import("./docs/routes.ts")).docsRoutes(docs)),
    );
  }
  // In AWS, API Gateway does not pass this path to the service.
  if (docs?.local) {
    app.get("/", async (request, response) => (await import("./docs/root.ts")).pointToDocs(request, response));
  }

  app.use(requireApp, (_request, _response, next) => next(problems.routeNotFound()));
  app.use(errorHandler);
  const prepare = ownsClasses ? adoptPrototypes(app) : setPrototypes(app);
  if (ownsClasses) stopPretenuring();
  const handle = inSequence(
    requestContext({ log, clock, metrics, requestId, logsPath }),
    responseHeaders(config.corsOrigins),
    responseDeadline(() => Math.min(timeouts.request, remainingMilliseconds() - timeouts.requestMargin)),
    mountAll(mounts),
    app,
  );
  const listener = normalizeRequestTarget((message, serverResponse) => {
    prepare(message, serverResponse);
    // Express makes its own objects of those of Node.js.
    const [request, response] = [message as Request, serverResponse as Response];
    // As Express does. The adapter for Lambda gives a response another request.
    response.req = request;
    const finish = endBrokenResponse(log, response);
    callHandler(handle, request, response, (error) =>
      error ? errorHandler(error, request, response, finish) : finish(),
    );
  });
  return Object.assign(listener, {
    prepare: async (name: ServiceFunctionName) =>
      (await import("./preparation.ts")).prepareFunction(name, dependencies, (path) => routers.get(path)!.load()),
  });
}
