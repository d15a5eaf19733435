import { redactText } from "../../service/platform/logging.ts";
import { parseJson } from "../../service/platform/parse-json.ts";
import { hasCode, OperatorError } from "../cli/errors.ts";
import { explainStatus, type StatusExplanation } from "../cli/http-status.ts";
import type { Outcome } from "./check.ts";

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

/** A JSON value whose fields are checked where they are used. */
// biome-ignore lint/suspicious/noExplicitAny: each resource has another shape
export type Body = any;

/**
 * Gets a resource.
 *
 * @param path below the base URL, or a URL that the API returned
 * @returns its body; undefined if it does not exist, or the token has no access to it
 * @throws {OperatorError} if the API rejects the call or does not respond
 */
export async function getJson(api: JsonApi, path: string, signal: AbortSignal): Promise<Body | undefined> {
  const { body, status } = await send(api, path, signal);
  if (status === 404) return undefined;
  if (body !== undefined) return body;
  throw new OperatorError("doctor-response-not-json", {
    what: `The response to GET ${path.split("?")[0]} is not from ${api.name}.`,
    why: "It may come from a proxy, or from a login page.",
    action: "Check your network connection, and run this again.",
  });
}

async function send(api: JsonApi, path: string, signal: AbortSignal): Promise<{ status: number; body?: Body }> {
  const { name, baseUrl, token, mediaType, statusPage, explanations } = api;
  const url = new URL(path.startsWith("https:") || path.startsWith("http:") ? path : baseUrl + path);
  const response = await fetch(url, {
    headers: {
      accept: mediaType,
      // A URL of another origin carries its own credentials.
      ...(url.origin === new URL(baseUrl).origin && { authorization: `Bearer ${token}` }),
    },
    signal,
  });
  const text = await response.text();
  const { status } = response;
  const body: Body = parseJson(text);
  if (response.ok || status === 404) return { status, body };
  const { kind, why, action } = explainStatus(status, { name, statusPage, explanations });
  const detail = body?.message ?? body?.errors?.[0]?.detail ?? body?.errors?.[0]?.title;
  const reason = detail ? ` (${redactText(String(detail))})` : "";
  const what = `${name} responded to GET ${url.pathname} with ${status}${reason}.`;
  throw new OperatorError(`doctor-api-${kind}`, { what, why, action });
}

/** The outcome of a check whether a token is accepted. @throws the error, if the API did not reject the token */
export function toRejection(error: unknown): Outcome {
  if (!hasCode(error, "doctor-api-unauthorized")) throw error;
  const { reason, action } = error as OperatorError;
  return { state: "wrong", found: reason, action };
}
