import { z } from "zod";
import { redactText } from "../../service/platform/logging.ts";
import { parseJson } from "../../service/platform/parse-json.ts";
import { hasCode, OperatorError } from "../cli/errors.ts";
import { explainStatus } from "../cli/http-status.ts";
import { type PollOptions, poll } from "../cli/polling.ts";
import type { HcpTerraformCredentials } from "./credentials.ts";

const reference = z.object({ id: z.string(), type: z.string() });

const resourceSchema = reference.extend({
  attributes: z.record(z.string(), z.unknown()).default({}),
  relationships: z
    .record(z.string(), z.object({ data: z.union([reference, z.array(reference)]).nullish() }))
    .default({}),
});

/** An object of the API: https://developer.hashicorp.com/terraform/cloud-docs/api-docs#json-api-documents */
export type Resource = z.infer<typeof resourceSchema>;

const one = z.object({ data: resourceSchema });
const page = z.object({
  data: z.array(resourceSchema),
  meta: z.object({ pagination: z.object({ "next-page": z.number().nullish() }) }).optional(),
});
const problem = z.object({
  errors: z.array(z.object({ title: z.string().optional(), detail: z.string().optional() })),
});

const mediaType = "application/vnd.api+json";

/** A token may make 30 calls per second: https://developer.hashicorp.com/terraform/cloud-docs/api-docs#rate-limiting */
const attempts = 5;

const rerun = "run this again: completed changes remain.";

type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** Calls the API of HCP Terraform. Paths are those below `/api/v2`. */
export class HcpTerraformClient {
  readonly #credentials: HcpTerraformCredentials;
  readonly #wait: PollOptions["wait"];

  /** @param wait sleeps before a retry */
  constructor(credentials: HcpTerraformCredentials, wait?: PollOptions["wait"]) {
    this.#credentials = credentials;
    this.#wait = wait;
  }

  async get(path: string): Promise<Resource> {
    return (await this.#request(one, "GET", path)).data;
  }

  /** Undefined if it does not exist, or the token has no access to it. */
  async find(path: string): Promise<Resource | undefined> {
    try {
      return await this.get(path);
    } catch (error) {
      if (hasCode(error, "hcp-terraform-not-found")) return undefined;
      throw error;
    }
  }

  /** Reads all pages of a list. */
  async list(path: string, query: Readonly<Record<string, string>> = {}): Promise<Resource[]> {
    const found: Resource[] = [];
    for (let number: number | null | undefined = 1; number; ) {
      const search = new URLSearchParams({ ...query, "page[number]": `${number}`, "page[size]": "100" });
      const response = await this.#request(page, "GET", `${path}?${search}`);
      found.push(...response.data);
      number = response.meta?.pagination["next-page"];
    }
    return found;
  }

  async create(path: string, data: object): Promise<Resource> {
    return (await this.#request(one, "POST", path, { data })).data;
  }

  /** @param data the new state of an object or a relationship */
  async update(path: string, data: object): Promise<void> {
    await this.#send("PATCH", path, { data });
  }

  async delete(path: string): Promise<void> {
    await this.#send("DELETE", path);
  }

  async #request<T>(schema: z.ZodType<T>, method: Method, path: string, body?: object): Promise<T> {
    const response = schema.safeParse(parseJson(await this.#send(method, path, body)));
    if (response.success) return response.data;
    throw new OperatorError("hcp-terraform-unexpected-response", {
      what: `The response to ${method} ${path.split("?")[0]} at ${this.#credentials.baseUrl} is not from HCP Terraform.`,
      why: "It may come from a proxy, or from a login page.",
      action: `Check your network connection and TFE_ADDRESS, and ${rerun}`,
    });
  }

  async #send(method: Method, path: string, body?: object): Promise<string> {
    return poll(
      async (attempt) => {
        const { status, text } = await this.#fetch(method, path, body);
        if (status >= 200 && status < 300) return text;
        if (status === 429 && attempt < attempts) return undefined;
        const { data } = problem.safeParse(parseJson(text));
        const reason = redactText(data?.errors.map(({ title, detail }) => detail ?? title).join("; ") ?? "");
        const { kind, why, action } = explainStatus(status, api);
        const what = `HCP Terraform responded to ${method} ${path.split("?")[0]} with ${status}${reason && ` (${reason})`}.`;
        throw new OperatorError(`hcp-terraform-${kind}`, { what, why, action });
      },
      { delayMs: (attempt) => 2 ** attempt * 500, wait: this.#wait },
    );
  }

  async #fetch(method: Method, path: string, body?: object): Promise<{ status: number; text: string }> {
    const { baseUrl, token } = this.#credentials;
    try {
      const response = await fetch(`${baseUrl}/api/v2${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, "content-type": mediaType },
        ...(body && { body: JSON.stringify(body) }),
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
        action: `Check your network connection, and ${rerun}`,
      });
    }
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
