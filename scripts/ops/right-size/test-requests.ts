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

const reading = (path: string): TestRequest => ({ group: `GET ${path}`, event: apiGatewayEvent({ path }) });

/** What a function is asked, a route group each. Logins need an account. */
export function testRequests(id: MeasurableFunction, account: Account | undefined): TestRequest[] {
  if (id === "api")
    return ["/health/live", "/health/ready", "/.well-known/jwks.json", "/v1/activity-kinds"].map(reading);
  const path = "/v1/auth/login";
  const login = account && {
    group: `POST ${path}`,
    event: apiGatewayEvent({ method: "POST", path, body: { ...account } }),
  };
  return [reading("/health/live"), ...(login ? [login] : [])];
}
