import { problemJson, requestBlocked, tooManyRequests } from "../api/problem-details.ts";

/** What a WAF answers when it refuses. */
export interface Refusal {
  readonly status: number;
  /** One of {@link refusalBodies}. */
  readonly bodyKey: keyof typeof problems;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

const problems = { requestBlocked, tooManyRequests };

/** The bodies of all refusals; they belong to the firewall as a whole. */
export const refusalBodies = Object.entries(problems).map(([key, problem]) => ({
  key,
  content: problemJson(problem),
  // The only type of JSON that AWS WAF knows: https://docs.aws.amazon.com/waf/latest/APIReference/API_CustomResponseBody.html
  contentType: "APPLICATION_JSON",
}));

// The same for everybody, so that a page of any origin may read them.
const readable = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "Retry-After",
  "Cache-Control": "no-store",
};

/** Refuses what is too large, looks like an attack, or comes from where attacks come from. */
export const refuseAttack = {
  status: requestBlocked.status,
  bodyKey: "requestBlocked",
  headers: pairs(readable),
} as const satisfies Refusal;

/** Refuses an address that asked too often, for that long. */
export const refuseFor = (seconds: number): Refusal => ({
  status: tooManyRequests.status,
  bodyKey: "tooManyRequests",
  headers: pairs({ ...readable, "Retry-After": String(seconds) }),
});

function pairs(headers: Readonly<Record<string, string>>) {
  return Object.entries(headers).map(([name, value]) => ({ name, value }));
}
