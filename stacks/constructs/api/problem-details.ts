/** A refusal as the service has them (RFC 9457), for what refuses before the service is asked. */
export interface ProblemDetails {
  /** End of the problem's `type`, after the base that the service uses too. */
  readonly slug: string;
  /** @default whatever is answered, for a problem that stands for several */
  readonly status?: number;
  readonly title: string;
  readonly detail: string;
}

const problemBase = "https://ecobeat.app/problems/";

export const tooManyRequests = {
  slug: "too-many-requests",
  status: 429,
  title: "Too many requests",
  detail: "More requests came than the API takes. Try again after the time in `Retry-After`.",
} as const satisfies ProblemDetails;

export const requestBlocked = {
  slug: "request-blocked",
  status: 403,
  title: "Request blocked",
  detail:
    "The WAF blocked this request: it is too large, looks like an attack, or comes from an address that is known for " +
    "attacks. Check the request, or try again from another network.",
} as const satisfies ProblemDetails;

/**
 * The body of a problem.
 *
 * @param instance names the one request; @default nothing, where it cannot be said
 */
export const toProblemJson = ({ slug, status, title, detail }: ProblemDetails, instance?: string): string =>
  JSON.stringify({
    type: `${problemBase}${slug}`,
    title,
    ...(status && { status }),
    detail,
    ...(instance && { instance }),
  });
