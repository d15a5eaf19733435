import { variables } from "../service/contract.ts";
import type { ServiceVariables, SupportVariables } from "../service/settings.ts";
import type { Environment } from "./environments.ts";
import { toMailQueueUrl } from "./names.ts";

/** The environment variables that each function of the service's archive requires. */
export const serviceVariables = (environment: Environment): ServiceVariables => ({
  [variables.environment]: environment.name,
  [variables.apiUrl]: `https://${environment.apiDomain}`,
  [variables.corsOrigins]: environment.corsOrigins.join(","),
  [variables.minimumAppVersion]: environment.minimumAppVersion,
  // CloudFront writes there who asked it, and then API Gateway that CloudFront did.
  [variables.trustedProxies]: environment.cdn ? "2" : "0",
  [variables.mailQueueUrl]: toMailQueueUrl(environment),
  ...(environment.app && {
    [variables.appleAppIds]: environment.app.appleAppIds.join(","),
    [variables.androidCertificates]: environment.app.androidCertificates.join(","),
  }),
  ...(environment.api.docsPage && { [variables.docsPage]: "on" }),
});

/** The environment variables of the function through which support acts. */
export const supportVariables = (environment: Environment): SupportVariables => ({
  [variables.environment]: environment.name,
  [variables.apiUrl]: `https://${environment.apiDomain}`,
  [variables.mailQueueUrl]: toMailQueueUrl(environment),
});
