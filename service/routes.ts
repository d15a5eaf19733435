/**
 * The routes of the API, each in one place: the stacks derive their lists from it and the OpenAPI document its operations, and
 * the compiler holds the handlers to it. Nothing here costs anything to import.
 */

/** What a request must carry. Each level includes those before it; `open session` is an access token whose session is open. */
export const securityLevels = ["none", "api key", "access token", "open session"] as const;

export type Security = (typeof securityLevels)[number];

/** What is true of a route, however it is served and described. */
export interface Route {
  readonly security: Security;
  /** Whether its answer is the same for everybody and for minutes, so that a CDN may keep it. @default false */
  readonly cacheable?: true;
  /** Whether somebody may try passwords or addresses of others at it. @default false */
  readonly guessable?: true;
}

/** By method and path. Deployments and verifiers of tokens have no API key, and what a CDN keeps it gives to anyone. */
export const routes = {
  "GET /health/live": { security: "none" },
  "GET /health/ready": { security: "none" },
  "GET /.well-known/jwks.json": { security: "none", cacheable: true },
  "GET /openapi.json": { security: "none", cacheable: true },
  "GET /v1/activity-kinds": { security: "none", cacheable: true },
  "GET /v1/app": { security: "none", cacheable: true },
  "POST /v1/auth/login": { security: "api key", guessable: true },
  "POST /v1/auth/register": { security: "api key", guessable: true },
  "POST /v1/auth/refresh": { security: "api key" },
  "POST /v1/auth/logout": { security: "api key" },
  "PUT /v1/auth/password": { security: "open session", guessable: true },
  "GET /v1/sessions": { security: "open session" },
  "DELETE /v1/sessions": { security: "open session" },
  "DELETE /v1/sessions/{id}": { security: "open session" },
  "GET /v1/users/me": { security: "access token" },
  "PATCH /v1/users/me": { security: "access token" },
  "DELETE /v1/users/me": { security: "open session" },
  "GET /v1/users/me/export": { security: "open session" },
  "GET /v1/activities": { security: "access token" },
  "POST /v1/activities": { security: "access token" },
  "GET /v1/activities/summary": { security: "access token" },
  "GET /v1/activities/{id}": { security: "access token" },
  "PATCH /v1/activities/{id}": { security: "access token" },
  "DELETE /v1/activities/{id}": { security: "access token" },
} as const satisfies Record<`${Uppercase<string>} /${string}`, Route>;

export type Routes = typeof routes;

/** A method and a path, in which parameters stand in braces: `DELETE /v1/sessions/{id}`. */
export type RouteName = keyof Routes;

const pathsWhere = (is: (route: Route) => unknown): string[] =>
  Object.entries<Route>(routes).flatMap(([name, route]) => (is(route) ? name.split(" ").slice(1) : []));

/** Paths whose answers a CDN may keep. */
export const cacheableRoutes: readonly string[] = pathsWhere(({ cacheable }) => cacheable);

/** Paths where somebody may try passwords or addresses of others. */
export const guessableRoutes: readonly string[] = pathsWhere(({ guessable }) => guessable);

/** Paths that API Gateway serves without an API key. */
export const routesWithoutApiKey: readonly string[] = pathsWhere(({ security }) => security === "none");
