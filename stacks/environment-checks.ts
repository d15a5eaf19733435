import type { Environment } from "./environments.ts";
import { ConstructError } from "./errors.ts";

/** @throws {ConstructError} if an account or a domain of the configuration is invalid */
export function checkEnvironment({ name, accountId, apiDomain }: Environment): void {
  if (!/^\d{12}$/.test(accountId)) {
    throw new ConstructError("account-id-invalid", {
      what: `The environment "${name}" has the AWS account id "${accountId}".`,
      why: "Account ids have twelve digits, and the provider refuses every account but this one.",
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
}
