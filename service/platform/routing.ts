import { type Request, type RequestHandler, Router } from "express";
import type { RouteName, Routes, Security } from "../routes.ts";
import { once } from "./once.ts";
import { problems } from "./problems.ts";
import { getRequestContext } from "./request-context.ts";

/**
 * What serves routes of one level of security: a handler each, or several in their order. The compiler holds their names and
 * the level to the table of routes, so that a cold start need not load the table.
 */
export type RouteHandlers<Level extends Security> = {
  readonly [Name in RouteName as Routes[Name]["security"] extends Level ? Name : never]?:
    | RequestHandler<PathParameters<Name>>
    | readonly RequestHandler<PathParameters<Name>>[];
};

/** What stands in braces in a path. */
type PathParameters<Path> = Path extends `${string}{${infer Name}}`
  ? { [_ in Name]: string }
  : Request["params"];

/** Routes as they are served. */
export interface ServedRoutes<Least extends Security = Security> {
  /** For the compiler alone: the least that one of them demands. */
  readonly least?: Least;
  /** By what guards them beside the API key; each begins with the guards of the one before. */
  readonly groups: readonly { guards: readonly RequestHandler[]; handlers: object }[];
}

const unguarded = (handlers: object): ServedRoutes<never> => ({ groups: [{ guards: [], handlers }] });

/** Routes that anyone may call. */
export const openRoutes: (handlers: RouteHandlers<"none">) => ServedRoutes<"none"> = unguarded;

/** Routes that demand the API key alone. */
export const keyedRoutes: (handlers: RouteHandlers<"api key">) => ServedRoutes<"api key"> = unguarded;

type Method = "get" | "post" | "put" | "patch" | "delete";

/**
 * The router of the routes below a path. Each path answers other methods with 405.
 * @param mountPath where the router is mounted
 */
export function createRouter(mountPath: string, { groups }: ServedRoutes): Router {
  const router = Router({ caseSensitive: true, strict: true });
  // What guards all of them guards unknown paths as well.
  const [{ guards: shared }] = groups as [ServedRoutes["groups"][number]];
  for (const guard of shared) router.use(guard);
  const routes = groups.flatMap(({ guards, handlers }) =>
    Object.entries<RequestHandler | RequestHandler[]>(handlers as never).map(([name, own]) => {
      const [method, path] = name.split(" ") as [string, string];
      return { method, path, handlers: [...guards.slice(shared.length), own].flat() };
    }),
  );
  for (const path of new Set(routes.map(({ path }) => path))) {
    const route = router.route(path.slice(mountPath.length).replace(/\{(\w+)\}/, ":$1") || "/");
    const here = routes.filter((each) => each.path === path);
    for (const { method, handlers } of here) route[method.toLowerCase() as Method](...handlers);
    route.all(onlyMethods(...here.map(({ method }) => (method === "GET" ? "GET, HEAD" : method))));
  }
  return router;
}

/**
 * Mounts a router whose module is imported at the first request for it: a cold start pays only for the
 * capability that is asked for.
 */
export function lazyRouter(load: () => Promise<Router>): RequestHandler {
  const loadOnce = once(load);
  let router: Router | undefined;
  return (request, response, next) => {
    getRequestContext(request).mountPath = request.baseUrl;
    if (router) return router(request, response, next);
    return loadOnce().then((loaded) => {
      router = loaded;
      loaded(request, response, next);
    });
  };
}

/** Closes a route: every method but those allowed is answered with 405 and the header `Allow`. */
export function onlyMethods(...allowed: string[]): RequestHandler {
  return (_request, _response, next) => next(problems.methodNotAllowed(allowed.join(", ")));
}
