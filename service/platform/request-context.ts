import { randomUUID } from "node:crypto";
import type { Request, RequestHandler, Response } from "express";
import type { Clock } from "./clock.ts";
import type { RequestDeadline } from "./deadline.ts";
import type { Logger } from "./logging.ts";
import type { Metrics } from "./metrics.ts";
import type { Problem } from "./problems.ts";

/** Data of a request from its first middleware to its line in the log. */
export interface RequestContext {
  /** In the header `X-Request-Id`, in every problem and in the log line. */
  id: string;
  startedAt: number;
  /** The path of the request, as the client sent it, without its query. */
  path: string;
  /** Set when its line is written. */
  isLogged?: boolean;
  /** Set where a router is mounted. */
  mountPath?: string;
  /** The pattern of its route, with the path where the router is mounted. Set by a router of the API. */
  route?: string;
  /** Set by authentication. */
  userId?: string;
  /** Set by authentication. */
  sessionId?: string;
  /** The version of the app, without its pre-release and build, which may have any text. Set where the minimum version is checked. */
  appVersion?: string;
  /** Whether the version of the app is counted, or its lack. Set by a successful login or refresh. */
  countsAppVersion?: true;
  /** Set by the error handler. */
  problem?: Problem;
  /** Sends the body of a problem, after its status and headers. @default `application/problem+json`, for programs */
  sendProblemBody?: (problem: Problem, response: Response) => void;
  /** Ends with the response. */
  deadline?: RequestDeadline;
  /** Set when the deadline has passed without a response of the handler, and the client got one for it. */
  isAbandoned?: boolean;
}

const contextKey = Symbol("request context");
type WithContext = Request & { [contextKey]?: RequestContext };

/** The context of a request that has passed {@link requestContext}. */
export function getRequestContext(request: Request): RequestContext {
  const context = (request as WithContext)[contextKey];
  if (!context) throw new Error("requestContext must be the first middleware");
  return context;
}

/** Options of {@link requestContext}. */
export interface RequestContextOptions {
  log: Logger;
  clock: Clock;
  /** Metrics that the line of a request carries. */
  metrics: Metrics;
  /**
   * The id of the request. A client never chooses it: an id is evidence.
   * @default a random UUID
   */
  requestId?: (() => string) | undefined;
  /** Whether the line of a request has its path as the client sent it, without its query. @default false */
  logsPath?: boolean | undefined;
}

/** Gives each request an id, and one log line when its response is sent or its client has disconnected. */
export function requestContext({
  log,
  clock,
  metrics,
  requestId = randomUUID,
  logsPath = false,
}: RequestContextOptions): RequestHandler {
  function logOnce(response: Response, aborted?: true) {
    const { req: request, statusCode: status } = response;
    const context = getRequestContext(request);
    // Without its client, the handler continues until its deadline.
    if (!aborted) context.deadline?.end();
    if (context.isLogged) return;
    context.isLogged = true;
    const { problem } = context;
    log.write(status >= 500 ? "error" : "info", "request", {
      request_id: context.id,
      method: request.method,
      route: getRoutePattern(request, context),
      path: logsPath ? context.path : undefined,
      status,
      duration_ms: clock() - context.startedAt,
      user_id: context.userId,
      app_version: context.appVersion,
      problem: problem?.type,
      dependency: problem?.dependency,
      cause: status >= 500 ? problem?.cause : undefined,
      aborted,
      ...metrics.flush(context.countsAppVersion && (context.appVersion ?? "none")),
    });
  }
  // Functions for all requests: closures and `once` wrappers for each request would cost time. The event tells whether the response
  // was sent: `writableFinished` stays false on the sockets of an adapter for Lambda.
  function logFinished(this: Response) {
    logOnce(this);
  }
  function logClosed(this: Response) {
    logOnce(this, true);
  }
  return (request, response, next) => {
    const context: RequestContext = { id: requestId(), startedAt: clock(), path: readPath(request.url) };
    (request as WithContext)[contextKey] = context;
    response.setHeader("X-Request-Id", context.id);
    response.on("finish", logFinished).on("close", logClosed);
    next();
  };
}

function readPath(url: string): string {
  const end = url.indexOf("?");
  return end < 0 ? url : url.slice(0, end);
}

/** The route's pattern, which is all that the log in AWS has of a path: that may contain anything, including personal data. */
function getRoutePattern(request: Request, { mountPath, route }: RequestContext): string {
  if (route !== undefined) return route;
  if (mountPath === undefined) return "unmatched";
  // A route of Express.
  const { path } = (request.route ?? { path: "/*" }) as { path: string };
  // The root of a router is the path where it is mounted.
  return path === "/" ? mountPath : mountPath + path;
}
