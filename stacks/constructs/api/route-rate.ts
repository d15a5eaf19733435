import { ConstructError } from "../../errors.ts";

/** How many requests API Gateway accepts, in a token bucket. */
export interface RouteRate {
  /** Steady rate, in requests per second. */
  readonly requestsPerSecond: number;
  /** Size of the bucket: requests that may arrive at the same time above the steady rate. */
  readonly burst: number;
}

/** @throws {ConstructError} if API Gateway would accept no request, or does not support the rate */
export function checkRate(name: string, { requestsPerSecond, burst }: RouteRate): void {
  if (!(requestsPerSecond > 0) || !Number.isInteger(burst) || burst < 1) {
    throw new ConstructError("api-rate-invalid", {
      what: `"${name}" has a rate of ${requestsPerSecond} requests per second and a burst of ${burst}.`,
      // https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
      why: "With a rate of 0 or a burst below 1, API Gateway throttles every request.",
      action: "Set a rate above 0, and a burst of at least 1 that is a whole number.",
    });
  }
}

/** @throws {ConstructError} if a route's own rate is not below that of the whole API */
export function checkTighterRate(path: string, own: RouteRate, overall: RouteRate): void {
  if (own.requestsPerSecond >= overall.requestsPerSecond || own.burst >= overall.burst) {
    throw new ConstructError("route-rate-not-tighter", {
      what: `The route ${path} has a rate of ${own.requestsPerSecond} requests per second and a burst of ${own.burst}.`,
      why: `The whole API has ${overall.requestsPerSecond} and ${overall.burst}, so the route's own limits have no effect.`,
      action: "Lower both limits of the route.",
    });
  }
}
