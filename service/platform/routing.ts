import { type Request, type RequestHandler, Router } from "express";
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

type Method = "get" | "post" | "put" | "patch" | "delete";

/**
 * The router of the routes below a path. To any other method, a path responds with 405.
 * @param mountPath where the router is mounted
 * @param deprecated operations whose responses announce their removal; @default those of the API
 */
export function createRouter(
  mountPath: string,
  { groups }: ServedRoutes,
  deprecated: Deprecations = deprecations,
): Router {
  const router = Router({ caseSensitive: true, strict: true });
  // Guards of all routes also guard unknown paths.
  const [{ guards: shared }] = groups as [ServedRoutes["groups"][number]];
  for (const guard of shared) router.use(guard);
  const routes = groups.flatMap(({ guards, handlers }) =>
    Object.entries<RequestHandler | RequestHandler[]>(handlers as never).map(([name, own]) => {
      const [method, path] = name.split(" ") as [string, string];
      const deprecation = deprecated[name as RouteName];
      const announcement = deprecation ? [announceRemoval(deprecation)] : [];
      return { method, path, handlers: [...announcement, ...guards.slice(shared.length), own].flat() };
    }),
  );
  for (const path of new Set(routes.map(({ path }) => path))) {
    const route = router.route(path.slice(mountPath.length).replace(/\{(\w+)\}/, ":$1") || "/");
    const ofPath = routes.filter((each) => each.path === path);
    for (const { method, handlers } of ofPath) route[method.toLowerCase() as Method](...handlers);
    route.all(onlyMethods(...ofPath.map(({ method }) => (method === "GET" ? "GET, HEAD" : method))));
  }
  return router;
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
  load(): Promise<Router>;
}

/** Mounts a router that is imported at its first request: a cold start loads only the requested capability. */
export function lazyRouter(create: () => Promise<Router>): LazyRouter {
  const load = once(create);
  let router: Router | undefined;
  const handle: RequestHandler = (request, response, next) => {
    getRequestContext(request).mountPath = request.baseUrl;
    if (router) return router(request, response, next);
    load()
      .then((loaded) => {
        router = loaded;
        loaded(request, response, next);
      })
      .catch(next);
  };
  return Object.assign(handle, { load });
}

/** One middleware of several: each step of Express takes a request longer than most of ours do. */
export const inSequence = (...handlers: RequestHandler[]): RequestHandler =>
  handlers.reduceRight(
    (rest, handler) => (request, response, next) =>
      handler(request, response, (error?: unknown) => (error ? next(error) : rest(request, response, next))),
  );

/** Closes a route: responds with 405 and the header `Allow` to all but the allowed methods. */
export function onlyMethods(...allowed: string[]): RequestHandler {
  return (_request, _response, next) => next(problems.methodNotAllowed(allowed.join(", ")));
}
