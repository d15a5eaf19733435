import { variables } from "../service/contract.ts";
import type { ServiceVariables } from "../service/settings.ts";
import type { Environment } from "./environments.ts";

/** The environment variables that each function of the service's archive requires. */
export const serviceVariables = ({
  name,
  apiDomain,
  corsOrigins,
  cdn,
  api,
  minimumAppVersion,
}: Environment): ServiceVariables => ({
  [variables.environment]: name,
  [variables.apiUrl]: `https://${apiDomain}`,
  [variables.corsOrigins]: corsOrigins.join(","),
  [variables.minimumAppVersion]: minimumAppVersion,
  // CloudFront writes there who asked it, and then API Gateway that CloudFront did.
  [variables.trustedProxies]: cdn ? "2" : "0",
  ...(api.docsPage && { [variables.docsPage]: "on" }),
});
