import { problemBase } from "../../../service/company.ts";
/** A problem in the format of the service (RFC 9457), for responses from API Gateway and WAF. */
export interface ProblemDetails {
  /** End of the problem's `type`, after the base that it shares with the service. */
  readonly slug: string;
  /** @default the status of the response, for a problem that covers several */
  readonly status?: number;
  readonly title: string;
  readonly detail: string;
}

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
 * @param instance identifies the request; @default omitted
 */
export const toProblemJson = ({ slug, status, title, detail }: ProblemDetails, instance?: string): string =>
  JSON.stringify({
    type: `${problemBase}${slug}`,
    title,
    ...(status && { status }),
    detail,
    ...(instance && { instance }),
  });
