import type { RequestHandler, Router } from "express";
import { once } from "./once.ts";
import { problems } from "./problems.ts";
import { requestOf } from "./request-context.ts";

/**
 * Mounts a router whose module is imported at the first request for it: a cold start pays only for the
 * capability that is asked for.
 */
export function lazyRouter(load: () => Promise<Router>): RequestHandler {
  const loadOnce = once(load);
  let router: Router | undefined;
  return (request, response, next) => {
    requestOf(request).mountPath = request.baseUrl;
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
