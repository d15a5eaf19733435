import { Problem } from "../platform/problems.ts";

/**
 * Problems that only API Gateway and WAF respond with. Others have the same words as those of the service
 * (stacks/constructs/api/gateway-problems.ts).
 */
export const gatewayProblems = {
  requestBlocked: () =>
    new Problem(
      403,
      "request-blocked",
      "Request blocked",
      "The WAF blocked this request: it is too large, looks like an attack, or comes from an address that is known " +
        "for attacks. Check the request, or try again from another network.",
    ),
  timedOut: () =>
    new Problem(
      504,
      "timed-out",
      "Timed out",
      "The service did not respond in time. Try again after the time in `Retry-After`.",
      { headers: { "Retry-After": "5" } },
    ),
};
