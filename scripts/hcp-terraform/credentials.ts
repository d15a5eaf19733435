import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { ConfigurationError } from "../../service/config.ts";

/** How to reach HCP Terraform, and as whom. */
export interface HcpTerraformCredentials {
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly token: string;
}

/**
 * Reads the token where Terraform does: https://developer.hashicorp.com/terraform/cli/config/config-file#credentials.
 * `TFE_ADDRESS` names another address, as it does for HashiCorp's own client: https://github.com/hashicorp/go-tfe
 *
 * @throws {ConfigurationError} if there is no token, or it would go over an open line
 */
export async function readCredentials(variables: NodeJS.ProcessEnv): Promise<HcpTerraformCredentials> {
  const url = URL.parse(variables.TFE_ADDRESS || "https://app.terraform.io");
  const isHere = url?.hostname === "127.0.0.1" || url?.hostname === "localhost";
  if (!url || (url.protocol !== "https:" && !(url.protocol === "http:" && isHere))) {
    throw new ConfigurationError(
      "TFE_ADDRESS is no address that begins with https://, so the token would be readable on its way. Correct it, or unset " +
        "it to use HCP Terraform itself.",
    );
  }
  const token =
    variables[`TF_TOKEN_${url.hostname.replaceAll("-", "__").replaceAll(".", "_")}`] ||
    (await readLoginToken(variables.HOME ?? homedir(), url.hostname));
  if (!token) {
    throw new ConfigurationError(
      `There is no token for ${url.hostname}, and HCP Terraform lets nobody in without one. Run \`terraform login\`, or set ` +
        "TF_TOKEN_app_terraform_io to a token of the organization's owners.",
    );
  }
  return { baseUrl: url.origin, token };
}

/** What `terraform login` has kept. */
async function readLoginToken(home: string, host: string): Promise<string | undefined> {
  try {
    const text = await readFile(join(home, ".terraform.d", "credentials.tfrc.json"), "utf8");
    return JSON.parse(text).credentials?.[host]?.token;
  } catch {
    return undefined;
  }
}
