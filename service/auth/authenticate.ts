import type { NextFunction, Request, RequestHandler } from "express";
import type { ServiceDependencies } from "../dependencies.ts";
import type { Clock } from "../platform/clock.ts";
import { problems } from "../platform/problems.ts";
import { getRequestContext } from "../platform/request-context.ts";
import { keyedRoutes, type RouteHandlers, type ServedRoutes } from "../platform/routing.ts";
import type { User } from "../users/repository.ts";
import type { AccessTokenClaims, AccessTokens } from "./access-tokens.ts";
import type { OpenSession, SessionId } from "./session-store.ts";

/** Groups of routes by what they require, each after those that require less. */
const levels = ["access token", "open session", "open session, listed"] as const;

/**
 * Routes that require an access token, and then those that also require an open session. Handlers of the last group get all open
 * sessions of the user with that: see {@link getOpenSessions}.
 */
export async function tokenRoutes(
  dependencies: ServiceDependencies,
  clock: Clock,
  handlers: {
    "access token"?: RouteHandlers<"access token">;
    "open session"?: RouteHandlers<"open session">;
    "open session, listed"?: RouteHandlers<"open session">;
  },
): Promise<ServedRoutes<"api key">> {
  const token = authenticate(await dependencies.accessTokens());
  const guards = {
    "access token": [token],
    "open session": [token, requireOpenSession(dependencies, clock)],
    "open session, listed": [token, listOpenSessions(dependencies, clock)],
  };
  return {
    ...keyedRoutes({}),
    groups: levels.flatMap((level) => (handlers[level] ? [{ guards: guards[level], handlers: handlers[level] }] : [])),
  };
}

/** The session of a request that has passed a guard of {@link tokenRoutes}. */
export function getSession(request: Request): SessionId {
  const { userId, sessionId } = getRequestContext(request);
  return { userId: userId!, id: sessionId! };
}

/**
 * The account of a user.
 * @throws the problem `invalid-token` if it was deleted, or else an {@link UnavailableError}: see `Erasures.explainMissing`
 */
export async function readUser(
  dependencies: Pick<ServiceDependencies, "users" | "erasures">,
  userId: string,
): Promise<User> {
  const user = await (await dependencies.users()).findById(userId);
  if (!user) throw await (await dependencies.erasures()).explainMissing(userId);
  return user;
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
    throw createEndedProblem();
  };
}

const listed = new WeakMap<Request, readonly OpenSession[]>();

/** The open sessions of the user, most recently used first, of a request that the guard for `open session, listed` has let through. */
export const getOpenSessions = (request: Request): readonly OpenSession[] => listed.get(request)!;

/** As {@link requireOpenSession}, for routes that need all open sessions: the session is open if it is one of them. */
function listOpenSessions(dependencies: ServiceDependencies, clock: Clock): RequestHandler {
  return async (request, _response, next) => {
    const { userId, id } = getSession(request);
    const open = await (await dependencies.sessions()).list(userId, clock());
    if (!open.some((session) => session.id === id)) throw createEndedProblem();
    listed.set(request, open);
    next();
  };
}

const createEndedProblem = () => problems.invalidToken(new Error("its session has ended"));
