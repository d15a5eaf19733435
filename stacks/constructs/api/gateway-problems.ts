import { ApiGatewayGatewayResponse } from "@cdktf/provider-aws/lib/api-gateway-gateway-response/index.js";
import type { ApiGatewayRestApi } from "@cdktf/provider-aws/lib/api-gateway-rest-api/index.js";
import { Construct } from "constructs";
import { type ProblemDetails, requestBlocked, tooManyRequests, toProblemJson } from "./problem-details.ts";

export interface GatewayProblemsProps {
  readonly api: ApiGatewayRestApi;
}

interface GatewayProblem extends ProblemDetails {
  /** Seconds after which a client may try again. */
  readonly retryAfterSeconds?: number;
}

/**
 * What API Gateway refuses by itself, by its own name for it. Whatever is not named falls to one of the two defaults:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
const problems: Readonly<Record<string, GatewayProblem>> = {
  INVALID_API_KEY: {
    slug: "api-key-refused",
    status: 403,
    title: "API key refused",
    detail: "The API key is missing or is not one of ours. Send the app's key as `X-Api-Key`.",
  },
  // API Gateway's name for a path or method that it does not know.
  MISSING_AUTHENTICATION_TOKEN: {
    slug: "not-found",
    status: 404,
    title: "Not found",
    detail: "There is nothing at this path. See the API's documentation.",
  },
  WAF_FILTERED: requestBlocked,
  THROTTLED: { ...tooManyRequests, retryAfterSeconds: 1 },
  REQUEST_TOO_LARGE: {
    slug: "body-too-large",
    status: 413,
    title: "Body too large",
    detail: "The body is larger than 100 kB. Send less at a time.",
  },
  INTEGRATION_TIMEOUT: {
    slug: "timed-out",
    status: 504,
    title: "Timed out",
    detail: "The service did not answer in time. Try again after the time in `Retry-After`.",
    retryAfterSeconds: 5,
  },
  DEFAULT_4XX: {
    slug: "malformed-request",
    title: "Malformed request",
    detail:
      "The request could not be read: its path, headers or body are broken. Check their encoding and length.",
  },
  DEFAULT_5XX: {
    slug: "internal",
    title: "Internal error",
    detail: "The service failed on this request. Try again; report the request id if it happens again.",
  },
};

/**
 * Has API Gateway's own refusals look like the service's: `application/problem+json` with the request's id, readable by
 * a page of another origin. Costs nothing.
 *
 * ```ts
 * new GatewayProblems(this, "problems", {
 *   api,
 * });
 * ```
 *
 * Any origin may read them, as API Gateway cannot compare the asking one with a list. That opens nothing: these bodies are
 * the same for everybody, no cookie is ever looked at, and the service answers the browser's question before a request
 * with a key or a token, for the environment's origins alone.
 */
export class GatewayProblems extends Construct {
  /** What a deployment must wait for. */
  readonly terraformResources: readonly ApiGatewayGatewayResponse[];
  /** All of it as text: when it changes, the API must be deployed anew. */
  readonly definition: string;

  constructor(scope: Construct, id: string, props: GatewayProblemsProps) {
    super(scope, id);
    const responses = Object.entries(problems).map(([responseType, problem]) => ({
      responseType,
      ...(problem.status && { statusCode: String(problem.status) }),
      responseParameters: headers(problem),
      // The key is the one that API Gateway falls back to; the header says what the body really is.
      responseTemplates: { "application/json": toProblemJson(problem, "urn:request:$context.requestId") },
    }));
    this.terraformResources = responses.map(
      (response) =>
        new ApiGatewayGatewayResponse(this, response.responseType, { restApiId: props.api.id, ...response }),
    );
    this.definition = JSON.stringify(responses);
  }
}

function headers({ retryAfterSeconds }: GatewayProblem): Record<string, string> {
  const values: Record<string, string> = {
    "Access-Control-Allow-Origin": "'*'",
    "Access-Control-Expose-Headers": "'X-Request-Id,Retry-After'",
    "Cache-Control": "'no-store'",
    "Content-Type": "'application/problem+json'",
    ...(retryAfterSeconds && { "Retry-After": `'${retryAfterSeconds}'` }),
  };
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`gatewayresponse.header.${name}`, value]),
  );
}
