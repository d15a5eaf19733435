/** How many requests API Gateway lets through, in a token bucket. */
export interface RouteRate {
  /** Steady rate, in requests per second. */
  readonly requestsPerSecond: number;
  /** Requests that may come at once above the steady rate. */
  readonly burst: number;
}

/** @throws when API Gateway would let nothing through, or does not know the rate */
export function checkRate(name: string, { requestsPerSecond, burst }: RouteRate): void {
  // With a burst of 0 the bucket holds no token, and every request is refused:
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
  if (!(requestsPerSecond > 0) || !Number.isInteger(burst) || burst < 1) {
    throw new Error(
      `"${name}" is to take ${requestsPerSecond} requests per second and ${burst} at once. API Gateway takes a rate above 0 ` +
        "and whole requests at once, at least one: otherwise it refuses all. Choose higher ones.",
    );
  }
}

/** @throws when a route's own rate is not below that of the whole API */
export function checkTighterRate(path: string, own: RouteRate, overall: RouteRate): void {
  if (own.requestsPerSecond >= overall.requestsPerSecond || own.burst >= overall.burst) {
    throw new Error(
      `The route ${path} is to take ${own.requestsPerSecond} requests per second and ${own.burst} at once, and the whole API ` +
        `${overall.requestsPerSecond} and ${overall.burst}. A rate of its own is to hold a route back. Choose lower ones.`,
    );
  }
}
