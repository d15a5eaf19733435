import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { OperatorError } from "../cli/errors.ts";
import { readServiceUrl } from "../cli/service-url.ts";

/** Address of HCP Terraform, and a token. */
export interface HcpTerraformCredentials {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly token: string;
}

/**
 * Reads the token where Terraform does: https://developer.hashicorp.com/terraform/cli/config/config-file#credentials.
 * `TFE_ADDRESS` is the address, as for HashiCorp's own client: https://github.com/hashicorp/go-tfe
 *
 * @throws {OperatorError} if there is no token, or it would be sent unencrypted
 */
export async function readCredentials(variables: NodeJS.ProcessEnv): Promise<HcpTerraformCredentials> {
  const { hostname, origin } = readServiceUrl(variables, "TFE_ADDRESS", "https://app.terraform.io");
  const token =
    variables[`TF_TOKEN_${hostname.replaceAll("-", "__").replaceAll(".", "_")}`] ||
    (await readLoginToken(variables.HOME ?? homedir(), hostname));
  if (token) return { baseUrl: origin, token };
  throw new OperatorError("hcp-terraform-token-missing", {
    what: `There is no token for ${hostname}.`,
    why: "HCP Terraform requires one.",
    action: "Run `terraform login`, or set TF_TOKEN_app_terraform_io to a token of a user or a team.",
  });
}

/** The token that `terraform login` stored. */
async function readLoginToken(home: string, host: string): Promise<string | undefined> {
  try {
    const text = await readFile(join(home, ".terraform.d", "credentials.tfrc.json"), "utf8");
    return JSON.parse(text).credentials?.[host]?.token;
  } catch {
    return undefined;
  }
}
