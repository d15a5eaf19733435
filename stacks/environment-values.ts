import type { Environment } from "./environments.ts";

/** @throws when an account or a domain of the table cannot be one */
export function checkEnvironment({ name, accountId, apiDomain }: Environment): void {
  if (!/^\d{12}$/.test(accountId)) {
    throw new Error(
      `The environment "${name}" is to lie in the AWS account "${accountId}". Account ids have twelve digits, and the ` +
        "provider would refuse every real one. Write the id as text, with its leading zeros and without hyphens.",
    );
  }
  if (!/^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/.test(apiDomain)) {
    throw new Error(
      `The environment "${name}" is to have the API at "${apiDomain}", which is no host name. Its certificate and its zone ` +
        "need one. Write it without scheme, port or path, such as api.ecobeat.app.",
    );
  }
}
