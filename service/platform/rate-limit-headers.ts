import type { Response } from "express";
import { problems } from "./problems.ts";
import type { RateLimitState } from "./rate-limit.ts";

/**
 * Sets the headers of draft-ietf-httpapi-ratelimit-headers-10, by the limit that the client will reach first.
 *
 * @throws the problem `too-many-requests` if one of the limits is exceeded
 */
export function setRateLimitHeaders(response: Response, states: readonly RateLimitState[]): void {
  const nearest = states.reduce((a, b) => (isTighter(b, a) ? b : a));
  response.set({
    "RateLimit-Policy": formatPolicies(states),
    RateLimit: `"${nearest.policy.name}";r=${nearest.remaining};t=${nearest.resetSeconds}`,
  });
  if (!nearest.allowed) throw problems.tooManyRequests(nearest.resetSeconds);
}

/** Shows what is left after a request was uncounted, unless the headers are already sent, or those of other limits. */
export function correctRateLimitHeaders(response: Response, states: readonly RateLimitState[]): void {
  if (response.headersSent || response.getHeader("RateLimit-Policy") !== formatPolicies(states)) return;
  setRateLimitHeaders(response, states);
}

const formatPolicies = (states: readonly RateLimitState[]): string =>
  states
    .map(({ policy: { name, requests, windowSeconds } }) => `"${name}";q=${requests};w=${windowSeconds}`)
    .join(", ");

/** Of two exceeded limits, the one that lasts longer. Otherwise the one with fewer requests left. */
function isTighter(a: RateLimitState, b: RateLimitState): boolean {
  if (a.allowed !== b.allowed) return !a.allowed;
  return a.allowed ? a.remaining < b.remaining : a.resetSeconds > b.resetSeconds;
}
