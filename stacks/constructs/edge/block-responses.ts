import { requestBlocked, tooManyRequests, toProblemJson } from "../api/problem-details.ts";

/** What a web ACL responds when it blocks. */
export interface BlockResponse {
  readonly status: number;
  /** One of {@link blockResponseBodies}. */
  readonly bodyKey: keyof typeof problems;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

const problems = { requestBlocked, tooManyRequests };

/** The bodies of all block responses; they belong to the web ACL as a whole. */
export const blockResponseBodies = Object.entries(problems).map(([key, problem]) => ({
  key,
  content: toProblemJson(problem),
  // The only type of JSON that AWS WAF knows: https://docs.aws.amazon.com/waf/latest/APIReference/API_CustomResponseBody.html
  contentType: "APPLICATION_JSON",
}));

// The same for everybody, so that a page of any origin may read them.
const readable = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "Retry-After",
  "Cache-Control": "no-store",
};

/** For requests that are too large, look like an attack, or come from an address known for attacks. */
export const requestBlockedResponse = {
  status: requestBlocked.status,
  bodyKey: "requestBlocked",
  headers: pairs(readable),
} as const satisfies BlockResponse;

/** For an address above its rate limit, with the seconds until it may try again. */
export const createTooManyRequestsResponse = (seconds: number): BlockResponse => ({
  status: tooManyRequests.status,
  bodyKey: "tooManyRequests",
  headers: pairs({ ...readable, "Retry-After": String(seconds) }),
});

function pairs(headers: Readonly<Record<string, string>>) {
  return Object.entries(headers).map(([name, value]) => ({ name, value }));
}
