import { ConfigurationError } from "../../../service/config.ts";

/** How to reach Atlas, and as whom. */
export interface AtlasAccess {
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/**
 * Reads the variables that the Atlas CLI and the Terraform provider know, too:
 * https://www.mongodb.com/docs/atlas/cli/current/atlas-cli-env-variables/
 *
 * @throws {ConfigurationError} if one is missing, or would send the secret over an open line
 */
export function readAccess(variables: NodeJS.ProcessEnv): AtlasAccess {
  const [clientId, clientSecret] = ["MONGODB_ATLAS_CLIENT_ID", "MONGODB_ATLAS_CLIENT_SECRET"].map((name) => {
    const value = variables[name];
    if (value) return value;
    throw new ConfigurationError(
      `${name} is not set, and Atlas lets nobody in without a service account. Create one in Atlas (Organization Access ` +
        "Manager, Service Accounts), and set MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET to what it shows.",
    );
  });
  const baseUrl = variables.MONGODB_ATLAS_BASE_URL || "https://cloud.mongodb.com";
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  const isHere = url?.hostname === "127.0.0.1" || url?.hostname === "localhost";
  if (url?.protocol !== "https:" && !(url?.protocol === "http:" && isHere)) {
    throw new ConfigurationError(
      "MONGODB_ATLAS_BASE_URL is no address that begins with https://, so the secret would be readable on its way. Correct " +
        "it, or unset it to use Atlas itself.",
    );
  }
  return { baseUrl: url.href.replace(/\/+$/, ""), clientId: clientId!, clientSecret: clientSecret! };
}
