import { z } from "zod";
import { redactText } from "../../service/platform/logging.ts";
import { parseJson } from "../../service/platform/parse-json.ts";
import { OperatorError } from "../cli/errors.ts";
import { explainStatus } from "../cli/http-status.ts";
import { type PollOptions, poll } from "../cli/polling.ts";
import type { HcpTerraformCredentials } from "./hcp-terraform-credentials.ts";

/** https://developer.hashicorp.com/terraform/cloud-docs/api-docs#json-api-documents */
const document = z.object({ data: z.object({ id: z.string(), type: z.string() }) });

/** An object of HCP Terraform's API. */
export type HcpTerraformObject = z.infer<typeof document>["data"];

const problem = z.object({
  errors: z.array(z.object({ title: z.string().optional(), detail: z.string().optional() })),
});

/** A token may make 30 calls per second: https://developer.hashicorp.com/terraform/cloud-docs/api-docs#rate-limiting */
const attempts = 5;

/**
 * Reads an object of HCP Terraform's API.
 *
 * @param path below `/api/v2`
 * @param wait sleeps before a retry
 * @returns undefined if it does not exist, or the token has no access to it
 * @throws {OperatorError} if HCP Terraform does not respond, or with another error
 */
export function findInHcpTerraform(
  path: string,
  credentials: HcpTerraformCredentials,
  wait?: PollOptions["wait"],
): Promise<HcpTerraformObject | undefined> {
  return poll(
    async (attempt) => {
      const { status, text } = await get(path, credentials);
      if (status === 404) return { found: undefined };
      if (status === 429 && attempt < attempts) return undefined;
      if (status < 200 || status >= 300) throw toError(path, status, text);
      const response = document.safeParse(parseJson(text));
      if (response.success) return { found: response.data.data };
      throw new OperatorError("hcp-terraform-unexpected-response", {
        what: `The response to ${path} at ${credentials.baseUrl} is not from HCP Terraform.`,
        why: "It may come from a proxy, or from a login page.",
        action: "Check your network connection and TFE_ADDRESS, and run this again.",
      });
    },
    { delayMs: (attempt) => 2 ** attempt * 500, wait },
  ).then(({ found }) => found);
}

function toError(path: string, status: number, text: string): OperatorError {
  const { data } = problem.safeParse(parseJson(text));
  const reason = redactText(data?.errors.map(({ title, detail }) => detail ?? title).join("; ") ?? "");
  const { kind, why, action } = explainStatus(status, api);
  const what = `HCP Terraform responded to ${path} with ${status}${reason && ` (${reason})`}.`;
  return new OperatorError(`hcp-terraform-${kind}`, { what, why, action });
}

async function get(path: string, { baseUrl, token }: HcpTerraformCredentials) {
  try {
    const response = await fetch(`${baseUrl}/api/v2${path}`, {
      headers: { authorization: `Bearer ${token}`, "content-type": "application/vnd.api+json" },
      redirect: "error",
      signal: AbortSignal.timeout(30_000),
    });
    // The connection can also break during the response.
    return { status: response.status, text: await response.text() };
  } catch (error) {
    const { cause = error } = error as Error;
    throw new OperatorError("hcp-terraform-unreachable", {
      what: `HCP Terraform does not respond at ${baseUrl}.`,
      why: `${cause}.`,
      action: "Check your network connection, and run this again.",
    });
  }
}

const api = {
  name: "HCP Terraform",
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
