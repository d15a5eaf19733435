import type { NextFunction, Request, RequestHandler } from "express";
import type { ServiceDependencies } from "../dependencies.ts";
import type { Clock } from "../platform/clock.ts";
import { problems } from "../platform/problems.ts";
import { getRequestContext } from "../platform/request-context.ts";
import { keyedRoutes, type RouteHandlers, type ServedRoutes } from "../platform/routing.ts";
import type { AccessTokenClaims, AccessTokens } from "./access-tokens.ts";
import type { SessionId } from "./session-store.ts";

/** Routes that require an access token, and then those that also require an open session. */
export async function tokenRoutes(
  dependencies: ServiceDependencies,
  clock: Clock,
  handlers: { [Level in "access token" | "open session"]?: RouteHandlers<Level> },
): Promise<ServedRoutes<"api key">> {
  const token = authenticate(await dependencies.accessTokens());
  const guards = { "access token": [token], "open session": [token, requireOpenSession(dependencies, clock)] };
  return {
    ...keyedRoutes({}),
    groups: (["access token", "open session"] as const).flatMap((level) =>
      handlers[level] ? [{ guards: guards[level], handlers: handlers[level] }] : [],
    ),
  };
}

/** The session of a request that has passed a guard of {@link tokenRoutes}. */
export function getSession(request: Request): SessionId {
  const { userId, sessionId } = getRequestContext(request);
  return { userId: userId!, id: sessionId! };
}

/** Requires a valid access token, and sets its user and session in the request context. */
function authenticate(accessTokens: AccessTokens): RequestHandler {
  return (request, _response, next) => {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    if (!token) return next(problems.missingToken());
    const known = accessTokens.recall(token);
    if (known) return accept(request, next, known);
    return accessTokens.verify(token).then((claims) => accept(request, next, claims));
  };
}

function accept(request: Request, next: NextFunction, { userId, sessionId }: AccessTokenClaims): void {
  const context = getRequestContext(request);
  context.userId = userId;
  context.sessionId = sessionId;
  next();
}

/**
 * For routes where a stolen token does lasting harm: an access token outlives its session by minutes, so these check the session
 * store. Comes after {@link authenticate}.
 */
function requireOpenSession(dependencies: ServiceDependencies, clock: Clock): RequestHandler {
  return async (request, _response, next) => {
    const sessions = await dependencies.sessions();
    if (await sessions.isOpen(getSession(request), clock())) return next();
    throw problems.invalidToken(new Error("its session has ended"));
  };
}
