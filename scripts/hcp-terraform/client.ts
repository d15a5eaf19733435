import { z } from "zod";
import { ConfigurationError } from "../../service/config.ts";
import { redactText } from "../../service/platform/logging.ts";
import { parseJson } from "../../service/platform/parse-json.ts";
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

/** The token may make 30 calls in a second: https://developer.hashicorp.com/terraform/cloud-docs/api-docs#rate-limiting */
const attempts = 5;

type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** Calls the API of HCP Terraform. Paths are those below `/api/v2`. */
export class HcpTerraformClient {
  readonly #access: HcpTerraformCredentials;
  readonly #wait: PollOptions["wait"];

  /** @param wait lets time pass before a call is repeated */
  constructor(access: HcpTerraformCredentials, wait?: PollOptions["wait"]) {
    this.#access = access;
    this.#wait = wait;
  }

  async get(path: string): Promise<Resource> {
    return (await this.#ask(one, "GET", path)).data;
  }

  /** Undefined when there is none, or none that the token may see. */
  async find(path: string): Promise<Resource | undefined> {
    try {
      return await this.get(path);
    } catch (error) {
      if (error instanceof HcpTerraformError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** All of a list, page by page; a page has 100 at the most. */
  async list(path: string, query: Readonly<Record<string, string>> = {}): Promise<Resource[]> {
    const found: Resource[] = [];
    for (let number: number | null | undefined = 1; number; ) {
      const search = new URLSearchParams({ ...query, "page[number]": `${number}`, "page[size]": "100" });
      const answer = await this.#ask(page, "GET", `${path}?${search}`);
      found.push(...answer.data);
      number = answer.meta?.pagination["next-page"];
    }
    return found;
  }

  async create(path: string, data: object): Promise<Resource> {
    return (await this.#ask(one, "POST", path, { data })).data;
  }

  /** @param data what is to be, of an object or of a relationship */
  async update(path: string, data: object): Promise<void> {
    await this.#send("PATCH", path, { data });
  }

  async delete(path: string): Promise<void> {
    await this.#send("DELETE", path);
  }

  async #ask<T>(schema: z.ZodType<T>, method: Method, path: string, body?: object): Promise<T> {
    const answer = schema.safeParse(parseJson(await this.#send(method, path, body)));
    if (answer.success) return answer.data;
    throw new ConfigurationError(
      `What answered ${method} ${path.split("?")[0]} at ${this.#access.baseUrl} is not HCP Terraform: it may be a proxy, or a page ` +
        "that wants a login. Look at the connection and at TFE_ADDRESS, and run this again: what is done stays done.",
    );
  }

  async #send(method: Method, path: string, body?: object): Promise<string> {
    return poll(
      async (attempt) => {
        const { status, text } = await this.#fetch(method, path, body);
        if (status >= 200 && status < 300) return text;
        if (status === 429 && attempt < attempts) return undefined;
        throw new HcpTerraformError(`${method} ${path.split("?")[0]}`, status, extractReason(text));
      },
      { delayMs: (attempt) => 2 ** attempt * 500, wait: this.#wait },
    );
  }

  async #fetch(method: Method, path: string, body?: object): Promise<{ status: number; text: string }> {
    const { baseUrl, token } = this.#access;
    try {
      const response = await fetch(`${baseUrl}/api/v2${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, "content-type": mediaType },
        ...(body && { body: JSON.stringify(body) }),
        redirect: "error",
        signal: AbortSignal.timeout(30_000),
      });
      // An answer may break off, too.
      return { status: response.status, text: await response.text() };
    } catch (error) {
      const { cause = error } = error as Error;
      throw new ConfigurationError(
        `HCP Terraform does not answer at ${baseUrl}: ${cause}. Look at the connection, and run this again: what is done ` +
          "stays done.",
      );
    }
  }
}

function extractReason(text: string): string {
  const { data } = problem.safeParse(parseJson(text));
  return data?.errors.map(({ title, detail }) => detail ?? title ?? "").join("; ") ?? "";
}

/** A call that HCP Terraform refused: the message says what happened, why, and what to do. */
export class HcpTerraformError extends ConfigurationError {
  override readonly name = "HcpTerraformError";
  readonly status: number;

  /**
   * @param call method and path, such as `GET /workspaces/ws-1`
   * @param said what the answer says of the reason
   */
  constructor(call: string, status: number, said: string) {
    super(
      `HCP Terraform answered ${call} with ${status}${said && ` (${redactText(said)})`}. ${getAdvice(status)}`,
    );
    this.status = status;
  }
}

function getAdvice(status: number): string {
  if (status === 401) {
    return "The token is unknown there or has expired. Run `terraform login`, or set TF_TOKEN_app_terraform_io to a new one.";
  }
  // It also says 404 of what the token may not see: https://developer.hashicorp.com/terraform/cloud-docs/api-docs#authentication
  if (status === 403 || status === 404) {
    return "There is nothing of this name, or the token may not see it. Make it, or use a token of the organization's owners.";
  }
  if (status === 409)
    return "Something else is changing the same thing. Wait for its end, and run this again.";
  if (status === 422) return "It does not accept what was asked for. Correct what its message names.";
  if (status === 429)
    return "The token has used up its calls. Run this again in a minute: what is done stays done.";
  if (status >= 500)
    return "HCP Terraform itself has trouble: see https://status.hashicorp.com, and run this again.";
  return "This command and the API do not agree. Make the change by hand in HCP Terraform.";
}
