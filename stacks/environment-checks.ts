import type { Environment } from "./environments.ts";
import { ConstructError } from "./errors.ts";

/** @throws {ConstructError} if an account, domain, origin or version of the configuration is invalid */
export function checkEnvironment(environment: Environment): void {
  const { name, accountId, apiDomain, corsOrigins, minimumAppVersion } = environment;
  if (!/^\d{12}$/.test(accountId)) {
    throw new ConstructError("account-id-invalid", {
      what: `The environment "${name}" has the AWS account id "${accountId}".`,
      why: "Account ids have twelve digits, and the provider rejects every other account.",
      action: "Write the id as text, with its leading zeros and without hyphens.",
    });
  }
  if (!/^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/.test(apiDomain)) {
    throw new ConstructError("api-domain-invalid", {
      what: `The environment "${name}" has the API domain "${apiDomain}", which is no host name.`,
      why: "Its certificate and its hosted zone need one.",
      action: "Write it without scheme, port or path, such as api.ecobeat.app.",
    });
  }
  if (corsOrigins.length === 0) {
    throw new ConstructError("cors-origins-missing", {
      what: `The environment "${name}" has no CORS origins.`,
      why: "The functions do not start without at least one.",
      action: "Add the app's origins to `corsOrigins`, such as https://app.ecobeat.app.",
    });
  }
  // Over http, anyone on the network path could change the page that calls the API.
  const invalid = corsOrigins.find(
    (origin) => !origin.startsWith("https://") || !URL.canParse(origin) || new URL(origin).origin !== origin,
  );
  if (invalid !== undefined) {
    throw new ConstructError("cors-origin-invalid", {
      what: `The environment "${name}" has the CORS origin "${invalid}".`,
      why: "Browsers send scheme and host only, the service compares them exactly, and only https is safe.",
      action: "Write it as https://app.ecobeat.app, without a path or a trailing slash.",
    });
  }
  if (!/^(0|[1-9]\d{0,8})(\.(0|[1-9]\d{0,8})){2}$/.test(minimumAppVersion)) {
    throw new ConstructError("minimum-app-version-invalid", {
      what: `The environment "${name}" has the minimum app version "${minimumAppVersion}".`,
      why: "The functions do not start unless it is three numbers with dots between them.",
      action: "Write it as 1.4.0, or as 0.0.0 to serve all versions.",
    });
  }
}
