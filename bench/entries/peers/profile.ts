import type { Request, Response } from "express";
import { createVersionCheck } from "../../../service/app-version/minimum.ts";
import type { AccessTokenClaims } from "../../../service/auth/access-tokens.ts";
import type { ServiceConfig } from "../../../service/config.ts";
import { type Backends, createDependencies } from "../../../service/dependencies.ts";
import { systemClock } from "../../../service/platform/clock.ts";
import { RequestDeadline } from "../../../service/platform/deadline.ts";
import { sendNotModified } from "../../../service/platform/entity-tag.ts";
import type { Logger } from "../../../service/platform/logging.ts";
import type { Metrics } from "../../../service/platform/metrics.ts";
import { responseHeaders } from "../../../service/platform/response-headers.ts";
import { defaultTimeouts } from "../../../service/platform/timeouts.ts";
import { toProfile, toProfileEtag } from "../../../service/users/profile.ts";

/** A request, from its arrival to its log line. */
export interface ProfileRequest {
  id: string;
  startedAt: number;
  deadline: RequestDeadline;
  claims?: AccessTokenClaims;
}

/** A header of a request, by its name in lower case. */
export type GetHeader = (name: string) => string | undefined;

/**
 * What the service does for `GET /v1/users/me`, by its own functions and without a framework, to measure frameworks by the same work.
 * A function does what a middleware, a hook or the handler of a framework does, and those of the framework call it.
 */
export function createProfileWork(backends: Backends, config: ServiceConfig, log: Logger, metrics: Metrics) {
  const dependencies = createDependencies(backends, config, systemClock, log, metrics, defaultTimeouts);
  const checkVersion = createVersionCheck(config.minimumAppVersion);
  const requestTime = defaultTimeouts.request;
  return {
    /** The headers of every response but its id. */
    headers: collectHeaders(config.corsOrigins),
    /** @param remainingMilliseconds how long the function may run */
    begin(id: string, remainingMilliseconds = Number.POSITIVE_INFINITY): ProfileRequest {
      const limit = Math.min(requestTime, remainingMilliseconds - defaultTimeouts.requestMargin);
      return { id, startedAt: systemClock(), deadline: new RequestDeadline(limit, () => {}) };
    },
    /** @throws if the app is too old */
    requireVersion(getHeader: GetHeader): void {
      const version = getHeader("x-app-version");
      const problem = version === undefined ? undefined : checkVersion(version).problem;
      if (problem) throw problem;
    },
    /** @throws if the token is missing or invalid */
    async authenticate(request: ProfileRequest, authorization: string | undefined): Promise<void> {
      const token = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
      if (!token) throw new Error("the token is missing");
      const tokens = await dependencies.accessTokens();
      request.claims = tokens.recall(token) ?? (await tokens.verify(token));
    },
    /** @returns the profile with its tag, and whether the client has it */
    async read({ claims }: ProfileRequest, getHeader: GetHeader) {
      const id = claims!.userId;
      const cache = await dependencies.userCache();
      const { tag, profile } = await cache.read(id, "Profile", async () => {
        const user = (await (await dependencies.users()).findById(id))!;
        return { tag: toProfileEtag(user), profile: toProfile(user) };
      });
      const headers = { "if-match": getHeader("if-match"), "if-none-match": getHeader("if-none-match") };
      return { tag, profile, isKnown: sendNotModified({ headers } as Request, withoutResponse, tag) };
    },
    /**
     * Writes the log line.
     * @param aborted if the client has disconnected
     */
    end({ id, startedAt, deadline, claims }: ProfileRequest, status: number, aborted?: true): void {
      if (!aborted) deadline.end();
      log.write("info", "request", {
        request_id: id,
        method: "GET",
        route: "/v1/users/me",
        status,
        duration_ms: systemClock() - startedAt,
        user_id: claims?.userId,
        aborted,
        ...metrics.flush(),
      });
    },
  };
}

export type ProfileWork = ReturnType<typeof createProfileWork>;

/** Takes a response that the framework sends. */
const withoutResponse = { setHeader() {}, status: () => withoutResponse, end() {} } as unknown as Response;

function throwError(error?: unknown): void {
  if (error) throw error;
}

/** What the service sets on the response to an app, which sends no origin. */
function collectHeaders(origins: string[]): [name: string, value: string][] {
  const headers: [string, string][] = [];
  const response = { setHeader: (...header: [string, string]) => headers.push(header), removeHeader() {} };
  responseHeaders(origins)({ headers: {} } as Request, response as unknown as Response, throwError);
  return headers;
}
