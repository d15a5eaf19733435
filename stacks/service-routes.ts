import { docsRoute, linksRoute } from "../service/contract.ts";
import { apiVersions, routesWithoutApiKey } from "../service/routes.ts";
import type { ApiRoute } from "./constructs/api/api-routes.ts";
import type { ServiceFunction } from "./constructs/functions/service-function.ts";
import type { Environment } from "./environments.ts";

/**
 * Rate limit of `/health/ready`, which is public and calls every dependency of the service. Monitors and releases call it at most
 * a few times a second. The limit is above what WAF allows one address (7 per second in production), so that no single
 * client can exhaust it and make monitors report an outage.
 */
const readinessRate = { requestsPerSecond: 20, burst: 20 };

/**
 * The routes of the API: `auth` handles logins and refreshes, and the pages that mails link to, `api` the rest. Those pages need no API
 * key, and hash passwords: their rate is that of logins, in a bucket of its own.
 * @param versions @default those of the API
 */
export function toServiceRoutes(
  { auth, api }: Readonly<Record<"auth" | "api", ServiceFunction>>,
  limits: Environment["api"],
  versions: readonly string[] = apiVersions,
): ApiRoute[] {
  const openRoutes = [...routesWithoutApiKey, ...(limits.docsPage ? [docsRoute] : [])];
  return [
    ...versions.flatMap((version) => [
      { path: `/${version}/auth/{proxy+}`, function: auth, rate: limits.auth },
      { path: `/${version}/{proxy+}`, function: api },
    ]),
    { path: `${linksRoute}/{proxy+}`, function: auth, apiKeyRequired: false, rate: limits.auth },
    { path: "/{proxy+}", function: api },
    ...openRoutes.map((path) => ({
      path,
      function: api,
      apiKeyRequired: false,
      ...(path === "/health/ready" && { rate: readinessRate }),
    })),
  ];
}
