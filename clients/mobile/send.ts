import type { Time } from "./time.ts";

/** Sends a request. */
export type Send = (request: Request) => Promise<Response>;

/** Statuses whose responses have no body: https://fetch.spec.whatwg.org/#null-body-status */
const withoutBody = [204, 205, 304];

/**
 * Sends a request, and reads the whole response. `fetch` has no timeout on Android: in a dead network, a call would never end.
 * @throws a `TypeError`, as `fetch` does, if there is no complete response within `timeoutMs`
 */
export async function sendWithin(timeoutMs: number, request: Request, send: Send, time: Time): Promise<Response> {
  const [abort, end] = [new AbortController(), new AbortController()];
  request.signal.addEventListener("abort", () => abort.abort());
  if (request.signal.aborted) abort.abort();
  const expiry = time.wait(timeoutMs, end.signal).then(() => {
    abort.abort();
    throw new TypeError(`There was no response within ${timeoutMs} ms.`);
  });
  try {
    return await Promise.race([send(new Request(request, { signal: abort.signal })).then(readWhole), expiry]);
  } finally {
    end.abort();
  }
}

/** A copy with the whole body. A refusal without problem details, such as from a proxy, gets some: it must not look like a success. */
async function readWhole(response: Response): Promise<Response> {
  const { status, statusText, ok } = response;
  const headers = new Headers(response.headers);
  if (withoutBody.includes(status)) return new Response(null, { status, headers });
  const body = await response.text();
  // Of the original. For a length of 0, `openapi-fetch` returns neither data nor an error.
  headers.delete("Content-Length");
  if (ok || typeof parseJson(body)?.type === "string") return new Response(body, { status, headers });
  headers.set("Content-Type", "application/problem+json");
  return new Response(JSON.stringify(toProblem(status, statusText)), { status, headers });
}

/** The problem of a response that has none (RFC 9457, 4.2.1). */
const toProblem = (status: number, statusText: string) => ({
  type: "about:blank",
  title: statusText || `Status ${status}`,
  status,
  detail: "The response does not come from the service.",
});

/** A body, if it is a JSON object. */
export function parseJson(body: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(body);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
