import * as z from "zod";
import { parseJson } from "../../service/platform/parse-json.ts";
import { redactText } from "../../service/platform/redaction.ts";
import { hasCode, OperatorError } from "./errors.ts";
import { explainStatus, type StatusExplanation } from "./http-status.ts";
import { type PollOptions, poll } from "./polling.ts";

/** A JSON API, and a token for it. */
export interface JsonApi {
  readonly name: string;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly token: string;
  readonly mediaType: string;
  readonly statusPage: string;
  /** Explanations of 401 and 403. */
  readonly explanations: Readonly<Record<number, StatusExplanation>>;
}

/** A JSON object whose fields are checked where they are used. */
// biome-ignore lint/suspicious/noExplicitAny: each resource has another shape
export type Body = any;

interface Options extends Pick<PollOptions, "signal" | "wait"> {
  /** What the body must be. @default any object */
  readonly schema?: z.ZodType<Body>;
}

/** A call that changes something. */
interface Change {
  readonly method: "POST" | "PATCH" | "DELETE";
  /** @default no body */
  readonly content?: object;
}

/** What a call is. */
type Call = Change | { readonly method: "GET"; readonly content?: never };

const get: Call = { method: "GET" };

/** HCP Terraform allows 30 calls per second: https://developer.hashicorp.com/terraform/cloud-docs/api-docs#rate-limiting */
const attempts = 5;

const timeLimitMs = 30_000;

/**
 * Gets a resource. Waits while the API limits the rate.
 *
 * @param path below the base URL, or a URL that the API returned
 * @returns its body; undefined if it does not exist, or the token has no access to it
 * @throws {OperatorError} if the API rejects the call, does not respond, or responds with something else
 */
export async function getJson(api: JsonApi, path: string, options: Options = {}): Promise<Body | undefined> {
  try {
    return (await request(api, get, path, options)).body;
  } catch (error) {
    if (hasCode(error, "api-not-found")) return undefined;
    throw error;
  }
}

/**
 * Changes a resource. Waits while the API limits the rate.
 *
 * @param path below the base URL
 * @returns the body of the response; undefined without one
 * @throws {OperatorError} if the API rejects the call, does not respond, or responds with something else
 */
export async function sendJson(api: JsonApi, change: Change, path: string, options: Options = {}): Promise<Body> {
  return (await request(api, change, path, options)).body;
}

/**
 * Gets the pages of a list, until the last.
 *
 * @param path of the first page
 * @param findNext finds the path of the next page in a page and its header `Link`; @returns undefined if there is none
 * @throws {OperatorError} like {@link getJson}, and if a page does not exist: that says nothing about what is in the list
 */
export async function* getPages(
  api: JsonApi,
  path: string,
  findNext: (page: Body, link: string) => string | undefined,
  options: Options,
): AsyncGenerator<Body> {
  for (let next: string | undefined = path; next; ) {
    const { body, link } = await request(api, get, next, options);
    yield body;
    next = findNext(body, link);
  }
}

async function request(api: JsonApi, call: Call, path: string, { signal, wait, schema = z.looseObject({}) }: Options) {
  const url = new URL(/^https?:/.test(path) ? path : api.baseUrl + path);
  const { status, text, link } = await poll(
    async (attempt) => {
      const response = await send(api, call, url, signal);
      return response.status === 429 && attempt < attempts ? undefined : response;
    },
    { delayMs: (attempt) => 2 ** attempt * 500, signal, wait },
  );
  const body: Body = parseJson(text);
  if (status < 200 || status >= 300) throw toError(api, call, url, status, body);
  if (call !== get && text === "") return { body: undefined, link };
  if (schema.safeParse(body).success) return { body, link };
  throw new OperatorError("api-unexpected-response", {
    what: `The response to ${call.method} ${url.pathname} is not from ${api.name}.`,
    why: "It may come from a proxy, or from a login page.",
    action: "Check your network connection, and run this again.",
  });
}

async function send(
  { name, baseUrl, token, mediaType }: JsonApi,
  { method, content }: Call,
  url: URL,
  signal: AbortSignal | undefined,
) {
  const limit = AbortSignal.timeout(timeLimitMs);
  try {
    const response = await fetch(url, {
      method,
      ...(content && { body: JSON.stringify(content) }),
      headers: {
        accept: mediaType,
        ...(content && { "content-type": mediaType }),
        // A URL of another origin carries its own credentials.
        ...(url.origin === new URL(baseUrl).origin && { authorization: `Bearer ${token}` }),
      },
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    // The connection can also break during the response.
    return { status: response.status, text: await response.text(), link: response.headers.get("link") ?? "" };
  } catch (error) {
    signal?.throwIfAborted();
    const { cause = error } = error as Error;
    throw new OperatorError("api-unreachable", {
      what: `${name} does not respond at ${url.origin}.`,
      why: `${cause}.`,
      action: "Check your network connection, and run this again.",
    });
  }
}

function toError(api: JsonApi, { method }: Call, { pathname }: URL, status: number, body: Body): OperatorError {
  const { kind, why, action } = explainStatus(status, api);
  const detail = body?.message ?? body?.errors?.[0]?.detail ?? body?.errors?.[0]?.title;
  const reason = detail ? ` (${redactText(String(detail))})` : "";
  const what = `${api.name} responded to ${method} ${pathname} with ${status}${reason}.`;
  return new OperatorError(`api-${kind}`, { what, why, action });
}
