import type { Request } from "express";
import type { ServiceDependencies } from "../dependencies.ts";
import { withBody } from "../platform/body.ts";
import type { Clock } from "../platform/clock.ts";
import { sendJson } from "../platform/json.ts";
import { problems } from "../platform/problems.ts";
import { getRequestContext } from "../platform/request-context.ts";
import { keyedRoutes } from "../platform/routing.ts";
import { logIn } from "./password-login.ts";
import { register } from "./registration.ts";
import { credentials, refreshRequest, registration } from "./schemas.ts";
import { getCountry } from "./session-origin.ts";

/** `/v1/auth`: issues tokens, and ends their session. */
export function authRoutes(dependencies: ServiceDependencies, clock: Clock) {
  const countUse = (name: "Logins" | "Refreshes", request: Request) => {
    dependencies.metrics.count(name);
    getRequestContext(request).countsAppVersion = true;
  };
  return keyedRoutes({
    "POST /v1/auth/register": withBody(registration, register(dependencies, clock)),
    "POST /v1/auth/login": withBody(credentials, async (given, request, response) => {
      const { opened } = await logIn(dependencies, clock, request, response, {
        ...given,
        account: (users) => users.findByEmail(given.email),
        refusal: problems.invalidCredentials,
      });
      countUse("Logins", request);
      sendJson(response, opened);
    }),
    "POST /v1/auth/refresh": withBody(refreshRequest, async ({ refresh_token }, request, response) => {
      const arrivedAt = clock();
      const [tokens, limits] = await Promise.all([dependencies.tokens(), dependencies.limits()]);
      const presented = await tokens.read(refresh_token);
      await limits.refresh(response, presented.session.id);
      const refreshed = await tokens.refresh(presented, arrivedAt, getCountry(request));
      countUse("Refreshes", request);
      sendJson(response, refreshed);
    }),
    "POST /v1/auth/logout": withBody(refreshRequest, async ({ refresh_token }, _request, response) => {
      const tokens = await dependencies.tokens();
      await tokens.close(refresh_token);
      response.status(204).end();
    }),
  });
}
