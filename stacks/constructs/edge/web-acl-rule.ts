import { requestBlocked, tooManyRequests, toProblemJson } from "../api/problem-details.ts";

/**
 * One rule of a web ACL. The bindings pass statements on unchanged, so they have Terraform's attribute names. A rule without a
 * block response is a rule group, whose rules have their own.
 */
export interface WebAclRule {
  readonly name: string;
  readonly statement: Readonly<Record<string, unknown>>;
  /** @default the actions of the group's rules */
  readonly blockResponse?: BlockResponse;
}

/** The response of a web ACL to a blocked request. */
export interface BlockResponse {
  readonly status: number;
  /** One of {@link blockResponseBodies}. */
  readonly bodyKey: keyof typeof problems;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

const problems = { requestBlocked, tooManyRequests };

/** The bodies of all block responses, which are an attribute of the web ACL. */
export const blockResponseBodies = Object.entries(problems).map(([key, problem]) => ({
  key,
  content: toProblemJson(problem),
  // The only JSON type that AWS WAF supports: https://docs.aws.amazon.com/waf/latest/APIReference/API_CustomResponseBody.html
  contentType: "APPLICATION_JSON",
}));

// Readable from any origin, because the responses are the same for every client.
const readable = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "Retry-After",
  "Cache-Control": "no-store",
};

/** For requests that exceed a size limit, match an attack pattern, or come from an address with a bad reputation. */
export const requestBlockedResponse = {
  status: requestBlocked.status,
  bodyKey: "requestBlocked",
  headers: pairs(readable),
} as const satisfies BlockResponse;

/** For an address above its rate limit, with the seconds after which it may retry. */
export const createTooManyRequestsResponse = (seconds: number): BlockResponse => ({
  status: tooManyRequests.status,
  bodyKey: "tooManyRequests",
  headers: pairs({ ...readable, "Retry-After": String(seconds) }),
});

function pairs(headers: Readonly<Record<string, string>>) {
  return Object.entries(headers).map(([name, value]) => ({ name, value }));
}
