import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { OperatorError } from "../cli/errors.ts";
import type { JsonApi } from "../cli/json-api.ts";
import { readServiceUrl } from "../cli/service-url.ts";

/**
 * HCP Terraform's API, with the token from where Terraform reads it:
 * https://developer.hashicorp.com/terraform/cli/config/config-file#credentials. `TFE_ADDRESS` is the address, as for HashiCorp's own
 * client: https://github.com/hashicorp/go-tfe
 *
 * @throws {OperatorError} if there is no token, or it would be sent unencrypted
 */
export async function openHcpTerraform(variables: NodeJS.ProcessEnv): Promise<JsonApi> {
  const { hostname, origin } = readServiceUrl(variables, "TFE_ADDRESS", "https://app.terraform.io");
  const token =
    variables[`TF_TOKEN_${hostname.replaceAll("-", "__").replaceAll(".", "_")}`] ||
    (await readLoginToken(variables.HOME ?? homedir(), hostname));
  if (token) return { ...hcpTerraform, baseUrl: `${origin}/api/v2`, token };
  throw new OperatorError("hcp-terraform-token-missing", {
    what: `There is no token for ${hostname}.`,
    why: "HCP Terraform requires one.",
    action: "Run `terraform login`, or set TF_TOKEN_app_terraform_io to a token of a user or a team.",
  });
}

const hcpTerraform = {
  name: "HCP Terraform",
  mediaType: "application/vnd.api+json",
  statusPage: "https://status.hashicorp.com",
  explanations: {
    401: {
      kind: "unauthorized",
      why: "The token is unknown or has expired.",
      action: "Run `terraform login`, or set TF_TOKEN_app_terraform_io to a new one.",
    },
    // Without access, the status may also be 404:
    // https://developer.hashicorp.com/terraform/cloud-docs/api-docs#authentication
    403: {
      kind: "forbidden",
      why: "The token has no access to it.",
      action: "Use a token of an owner of the organization.",
    },
  },
} as const;

/** The token that `terraform login` stored. */
async function readLoginToken(home: string, host: string): Promise<string | undefined> {
  try {
    const text = await readFile(join(home, ".terraform.d", "credentials.tfrc.json"), "utf8");
    return JSON.parse(text).credentials?.[host]?.token;
  } catch {
    return undefined;
  }
}
