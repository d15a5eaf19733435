import { variables } from "../service/contract.ts";
import type { ServiceVariables } from "../service/settings.ts";
import { toCorsOriginList } from "./constructs/api/cors-origins.ts";
import { validateMinimumAppVersion } from "./constructs/api/minimum-app-version.ts";
import type { Environment } from "./environments.ts";

/** The environment variables that the archive needs to start, whatever it then does. */
export const serviceVariables = ({
  name,
  apiDomain,
  corsOrigins,
  cdn,
  api,
  minimumAppVersion: minimum,
}: Environment): ServiceVariables => ({
  [variables.environment]: name,
  [variables.apiUrl]: `https://${apiDomain}`,
  [variables.corsOrigins]: toCorsOriginList(corsOrigins),
  [variables.minimumAppVersion]: validateMinimumAppVersion(minimum),
  // CloudFront writes there who asked it, and then API Gateway that CloudFront did.
  [variables.trustedProxies]: cdn ? "2" : "0",
  ...(api.docsPage && { [variables.docsPage]: "on" }),
});
