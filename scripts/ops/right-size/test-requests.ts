import type { APIGatewayProxyEvent } from "aws-lambda";
import { apiGatewayEvent } from "../../api-gateway-event.ts";

/** Functions that can be measured, by the end of their names. */
export const measurableFunctions = ["api", "auth"] as const;

export type MeasurableFunction = (typeof measurableFunctions)[number];

/** Somebody to log in; the account is for tests. */
export interface Account {
  readonly email: string;
  readonly password: string;
}

/** A request that changes nothing, or no more than a login does. */
export interface TestRequest {
  /** Method and route. */
  readonly group: string;
  readonly event: APIGatewayProxyEvent;
}

const reading = (
  path: string,
  request: { token?: string; query?: Record<string, string[]> } = {},
): TestRequest => ({
  group: `GET ${path}`,
  event: apiGatewayEvent({ path, ...request }),
});

const loginPath = "/v1/auth/login";

export const loginEvent = (account: Account): APIGatewayProxyEvent =>
  apiGatewayEvent({ method: "POST", path: loginPath, body: { ...account } });

/** What `auth` is asked, a route group each. Without an account nobody logs in. */
export const authRequests = (account: Account | undefined): TestRequest[] => [
  reading("/health/live"),
  ...(account ? [{ group: `POST ${loginPath}`, event: loginEvent(account) }] : []),
];

/** What `api` is asked, a route group each. Without a token nothing of a user is read. */
export function apiRequests(token: string | undefined, now: Date): TestRequest[] {
  const open = ["/health/live", "/health/ready", "/.well-known/jwks.json", "/v1/activity-kinds"];
  const requests = open.map((path) => reading(path));
  if (token === undefined) return requests;
  const month = now.toISOString().slice(0, "2026-11".length);
  return [
    ...requests,
    reading("/v1/users/me", { token }),
    reading("/v1/activities", { token }),
    reading("/v1/activities/summary", { token, query: { month: [month] } }),
  ];
}
