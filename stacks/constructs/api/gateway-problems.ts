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
 * The problem for each of API Gateway's response types. The two defaults cover the types that are not listed:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
const problems: Readonly<Record<string, GatewayProblem>> = {
  INVALID_API_KEY: {
    slug: "api-key-refused",
    status: 403,
    title: "API key refused",
    detail: "The API key is missing or unknown. Send the app's key as `X-Api-Key`.",
  },
  // API Gateway's type for an unknown path or method.
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
    detail: "The service did not respond in time. Try again after the time in `Retry-After`.",
    retryAfterSeconds: 5,
  },
  DEFAULT_4XX: {
    slug: "malformed-request",
    title: "Malformed request",
    detail: "The request could not be read: its path, headers or body are broken. Check their encoding and length.",
  },
  DEFAULT_5XX: {
    slug: "internal",
    title: "Internal error",
    detail: "The service failed on this request. Try again; report the request id if it happens again.",
  },
};

/**
 * Gives API Gateway's own error responses the format of the service's: `application/problem+json` with the request id,
 * readable from any origin. Free.
 *
 * Any origin may read them, because API Gateway cannot compare the `Origin` header with a list. That exposes nothing: the bodies
 * are the same for every caller, the API uses no cookies, and the service answers preflight requests for the environment's
 * origins only.
 *
 * @example new GatewayProblems(this, "problems", { api });
 */
export class GatewayProblems extends Construct {
  /** What a deployment is a snapshot of. */
  readonly terraformResources: readonly ApiGatewayGatewayResponse[];

  constructor(scope: Construct, id: string, props: GatewayProblemsProps) {
    super(scope, id);
    this.terraformResources = Object.entries(problems).map(
      ([responseType, problem]) =>
        new ApiGatewayGatewayResponse(this, responseType, {
          restApiId: props.api.id,
          responseType,
          ...(problem.status && { statusCode: String(problem.status) }),
          responseParameters: headers(problem),
          // `application/json` is API Gateway's default template; the header has the actual type.
          responseTemplates: { "application/json": toProblemJson(problem, "urn:request:$context.requestId") },
        }),
    );
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
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`gatewayresponse.header.${name}`, value]));
}
