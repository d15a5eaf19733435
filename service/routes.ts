/**
 * The routes of the API. The stacks derive their lists from them, the OpenAPI document its operations, and the compiler checks
 * the handlers against them. Nothing here costs time to import.
 */

/** What a request must carry. Each level includes those before it. `open session` is an access token whose session is open. */
export const securityLevels = ["none", "api key", "access token", "open session"] as const;

export type Security = (typeof securityLevels)[number];

/** Properties of a route. */
export interface Route {
  readonly security: Security;
  /** Whether its response is the same for all clients and for minutes, so that a CDN may cache it. @default false */
  readonly cacheable?: true;
  /** Whether an attacker can guess passwords or e-mail addresses with it. @default false */
  readonly guessable?: true;
}

/** By method and path. Deployments and verifiers of tokens have no API key, and a CDN serves its cache to anyone. */
export const routes = {
  "GET /health/live": { security: "none" },
  "GET /health/ready": { security: "none" },
  "GET /.well-known/jwks.json": { security: "none", cacheable: true },
  "GET /.well-known/apple-app-site-association": { security: "none", cacheable: true },
  "GET /.well-known/assetlinks.json": { security: "none", cacheable: true },
  "GET /openapi.json": { security: "none", cacheable: true },
  "GET /v1/activity-kinds": { security: "none", cacheable: true },
  "GET /v1/app": { security: "none", cacheable: true },
  "POST /v1/auth/login": { security: "api key", guessable: true },
  "POST /v1/auth/register": { security: "api key", guessable: true },
  "POST /v1/auth/refresh": { security: "api key" },
  "POST /v1/auth/logout": { security: "api key" },
  "PUT /v1/auth/password": { security: "open session", guessable: true },
  "POST /v1/auth/password-reset": { security: "api key", guessable: true },
  "POST /v1/auth/password-reset/confirm": { security: "api key", guessable: true },
  "PUT /v1/auth/email": { security: "open session", guessable: true },
  "POST /v1/auth/email/verification": { security: "open session" },
  "POST /v1/auth/email/confirm": { security: "api key" },
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

/** A method and a path with parameters in braces: `DELETE /v1/sessions/{id}`. */
export type RouteName = keyof Routes;

const pathsWhere = (is: (route: Route) => unknown): string[] =>
  Object.entries<Route>(routes).flatMap(([name, route]) => (is(route) ? name.split(" ").slice(1) : []));

/** Paths whose responses a CDN may cache. */
export const cacheableRoutes: readonly string[] = pathsWhere(({ cacheable }) => cacheable);

/** Paths with which an attacker can guess passwords or e-mail addresses. */
export const guessableRoutes: readonly string[] = pathsWhere(({ guessable }) => guessable);

/**
 * Versions of the API, such as `v1`. Only the routes above name them: a further version gets the functions, rates and rules of the first.
 */
export const apiVersions: readonly string[] = [
  ...new Set(pathsWhere(() => true).flatMap((path) => /^\/(v\d+)\//.exec(path)?.[1] ?? [])),
];

/** Whether the function `auth` handles a path: logins in any version of the API, and the pages that mails link to. */
export const isAuthPath = (path: string): boolean => /^\/(v\d+\/auth|links)\//.test(path);

/** Paths that API Gateway serves without an API key. */
export const routesWithoutApiKey: readonly string[] = pathsWhere(({ security }) => security === "none");
