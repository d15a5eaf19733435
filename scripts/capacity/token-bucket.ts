/**
 * A token bucket, as API Gateway, KMS and Parameter Store have: full at first, refilled at a steady rate. API Gateway calls its limits
 * targets, applied on a best-effort basis: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
 */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #size: number;
  #tokens: number;
  #filledAt = Number.NEGATIVE_INFINITY;

  /**
   * @param perSecond tokens that it gets in a second
   * @param size tokens that it can hold; @default those of one second
   */
  constructor(perSecond: number, size = perSecond) {
    this.#perSecond = perSecond;
    this.#size = size;
    this.#tokens = size;
  }

  /** Whether there is a token. @param at seconds, never less than before */
  has(at: number): boolean {
    if (at > this.#filledAt) {
      this.#tokens = Math.min(this.#tokens + (at - this.#filledAt) * this.#perSecond, this.#size);
      this.#filledAt = at;
    }
    // Rounding must not take a token away.
    return this.#tokens >= 1 - 1e-9;
  }

  /** Takes a token, if there is one. */
  take(at: number): boolean {
    if (!this.has(at)) return false;
    this.#tokens -= 1;
    return true;
  }

  /**
   * Takes a token, also one that comes later.
   * @returns seconds until then; undefined if they are more than `maxSeconds`, and no token is taken
   */
  reserve(at: number, maxSeconds: number): number | undefined {
    if (this.take(at)) return 0;
    const seconds = (1 - this.#tokens) / this.#perSecond;
    if (seconds > maxSeconds) return undefined;
    this.#tokens -= 1;
    return seconds;
  }
}
