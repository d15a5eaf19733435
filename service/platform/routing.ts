import type { NextFunction, Request, RequestHandler, Response } from "express";
import { type Deprecation, type Deprecations, deprecations, toDeprecationHeaders } from "../deprecations.ts";
import type { RouteName, Routes, Security } from "../routes.ts";
import { once } from "./once.ts";
import { problems } from "./problems.ts";
import { getRequestContext } from "./request-context.ts";

/**
 * Handlers of routes with one security level, one or several for each route. The compiler checks their names and the level against
 * `routes.ts`, so that a cold start need not load that file.
 */
export type RouteHandlers<Level extends Security> = {
  readonly [Name in RouteName as Routes[Name]["security"] extends Level ? Name : never]?:
    | RequestHandler<PathParameters<Name>>
    | readonly RequestHandler<PathParameters<Name>>[];
};

/** The parameters in braces in a path. */
type PathParameters<Path> = Path extends `${string}{${infer Name}}` ? { [_ in Name]: string } : Request["params"];

/** Routes with their guards and handlers. */
export interface ServedRoutes<Least extends Security = Security> {
  /** For the compiler only: the lowest security level among them. */
  readonly least?: Least;
  /** Grouped by their guards other than the API key. Each group begins with the guards of the group before. */
  readonly groups: readonly { guards: readonly RequestHandler[]; handlers: object }[];
}

const unguarded = (handlers: object): ServedRoutes<never> => ({ groups: [{ guards: [], handlers }] });

/** Routes that anyone may call. */
export const openRoutes: (handlers: RouteHandlers<"none">) => ServedRoutes<"none"> = unguarded;

/** Routes that require only the API key. */
export const keyedRoutes: (handlers: RouteHandlers<"api key">) => ServedRoutes<"api key"> = unguarded;

/** A path with its handlers. */
interface ServedPath {
  /** As the log names it: `/v1/sessions/:id`. */
  pattern: string;
  /** Matches the path and its parameters. @default the path has none */
  expression?: RegExp;
  /** By method. */
  handlers: Map<string, RequestHandler>;
}

/**
 * The router of the routes below a path. To any other method, a path responds with 405. It matches as a case-sensitive and strict router
 * of Express does: docs/adr/0062-route-without-expresss-router.md. Requests have passed {@link requestContext}.
 *
 * @param mountPath where the router is mounted
 * @param deprecated operations whose responses announce their removal; @default those of the API
 */
export function createRouter(
  mountPath: string,
  { groups }: ServedRoutes,
  deprecated: Deprecations = deprecations,
): RequestHandler {
  // Guards of all routes also guard unknown paths.
  const [{ guards: shared }] = groups as [ServedRoutes["groups"][number]];
  const served = new Map<string, ServedPath>();
  for (const { guards, handlers } of groups) {
    for (const [name, own] of Object.entries<RequestHandler | RequestHandler[]>(handlers as never)) {
      const [method, path] = name.split(" ") as [string, string];
      const ofPath = served.get(path) ?? createServedPath(path);
      served.set(path, ofPath);
      const deprecation = deprecated[name as RouteName];
      const announcement = deprecation ? [announceRemoval(deprecation)] : [];
      const handle = inSequence(...announcement, ...guards.slice(shared.length), ...[own].flat());
      ofPath.handlers.set(method, handle);
      if (method === "GET") ofPath.handlers.set("HEAD", handle);
    }
  }
  const parameterized = [...served.values()].filter(({ expression }) => expression);
  return inSequence(...shared, (request, response, next) => {
    const context = getRequestContext(request);
    const path = context.path === `${mountPath}/` ? mountPath : context.path;
    const ofPath = served.get(path) ?? parameterized.find(({ expression }) => expression!.test(path));
    if (!ofPath) return next();
    if (ofPath.expression) request.params = readParameters(ofPath.expression, path);
    context.route = ofPath.pattern;
    const handle = ofPath.handlers.get(request.method);
    if (!handle) return next(problems.methodNotAllowed([...ofPath.handlers.keys()].join(", ")));
    return handle(request, response, next);
  });
}

const parameter = /\{(\w+)\}/g;

function createServedPath(path: string): ServedPath {
  const source = path.replaceAll(".", "\\.").replace(parameter, "(?<$1>[^/]+)");
  return {
    pattern: path.replace(parameter, ":$1"),
    ...(path.includes("{") && { expression: new RegExp(`^${source}$`) }),
    handlers: new Map(),
  };
}

/** @throws the problem `malformed-request` for a broken escape */
function readParameters(expression: RegExp, path: string): Record<string, string> {
  try {
    const { groups } = expression.exec(path)!;
    return Object.fromEntries(Object.entries(groups!).map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch {
    throw problems.malformedRequest();
  }
}

/** Adds the headers that announce the removal of an operation. */
function announceRemoval(deprecation: Deprecation): RequestHandler {
  const headers = toDeprecationHeaders(deprecation);
  return (_request, response, next) => {
    response.set(headers);
    next();
  };
}

/** A router whose module is imported at its first request, or by `load`. */
export interface LazyRouter extends RequestHandler {
  /** Imports it. A failure is not kept: the next request tries again. */
  load(): Promise<RequestHandler>;
}

/**
 * A router that is imported at its first request: a cold start loads only the requested capability.
 * @param mountPath where the router is mounted
 */
export function lazyRouter(mountPath: string, create: () => Promise<RequestHandler>): LazyRouter {
  const load = once(create);
  let router: RequestHandler | undefined;
  const handle: RequestHandler = (request, response, next) => {
    getRequestContext(request).mountPath = mountPath;
    if (router) return router(request, response, next);
    return load().then((loaded) => {
      router = loaded;
      return loaded(request, response, next);
    });
  };
  return Object.assign(handle, { load });
}

/** A handler of the requests at a path and below it. */
export type Mounted = readonly [path: string, handler: RequestHandler];

/** Passes a request to the handlers at its path, to the next one if one does not respond. */
export function mountAll(mounts: readonly Mounted[]): RequestHandler {
  const handleFrom =
    (first: number): RequestHandler =>
    (request, response, next) => {
      const { path } = getRequestContext(request);
      const index = mounts.findIndex(([mountPath], index) => index >= first && isAtOrBelow(path, mountPath));
      return index < 0 ? next() : handlers[index]!(request, response, next);
    };
  const handlers = mounts.map(([, handler], index) => inSequence(handler, handleFrom(index + 1)));
  return handleFrom(0);
}

const isAtOrBelow = (path: string, mountPath: string) =>
  path.startsWith(mountPath) && (path.length === mountPath.length || path[mountPath.length] === "/");

/**
 * One handler of several. What all but the first throw, or what their promise is rejected with, goes to `next`: the first is called as
 * the sequence is, with {@link callHandler}.
 */
export const inSequence = (...handlers: RequestHandler[]): RequestHandler =>
  handlers.reduceRight(
    (rest, handler) => (request, response, next) =>
      handler(request, response, (error?: unknown) =>
        error ? next(error) : callHandler(rest, request, response, next),
      ),
  );

/** Calls a handler as Express does: `next` gets what it throws, or what its promise is rejected with. */
export function callHandler(handler: RequestHandler, request: Request, response: Response, next: NextFunction): void {
  try {
    const result: unknown = handler(request, response, next);
    if (result instanceof Promise) result.catch((error) => next(error || createError()));
  } catch (error) {
    next(error || createError());
  }
}

const createError = () => new Error("Rejected promise");

/** Closes a route: responds with 405 and the header `Allow` to all but the allowed methods. */
export function onlyMethods(...allowed: string[]): RequestHandler {
  return (_request, _response, next) => next(problems.methodNotAllowed(allowed.join(", ")));
}
