import { docsRoute } from "../service/contract.ts";
import { routesWithoutApiKey } from "../service/routes.ts";
import type { ApiRoute } from "./constructs/api/api-routes.ts";
import type { ServiceFunction } from "./constructs/functions/service-function.ts";
import type { Environment } from "./environments.ts";

/**
 * Rate limit of `/health/ready`, which is public and calls every dependency of the service. Monitors and releases call it at most
 * a few times a second. The limit is above what WAF allows one address (7 per second in production), so that no single
 * client can exhaust it and make monitors report an outage.
 */
const readinessRate = { requestsPerSecond: 20, burst: 20 };

/** The routes of the API: `auth` handles logins and refreshes, `api` the rest. */
export function toServiceRoutes(
  { auth, api }: Readonly<Record<"auth" | "api", ServiceFunction>>,
  limits: Environment["api"],
): ApiRoute[] {
  const openRoutes = [...routesWithoutApiKey, ...(limits.docsPage ? [docsRoute] : [])];
  return [
    { path: "/v1/auth/{proxy+}", function: auth, rate: limits.auth },
    { path: "/v1/{proxy+}", function: api },
    { path: "/{proxy+}", function: api },
    ...openRoutes.map((path) => ({
      path,
      function: api,
      apiKeyRequired: false,
      ...(path === "/health/ready" && { rate: readinessRate }),
    })),
  ];
}
