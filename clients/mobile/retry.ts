import { idempotentOperations } from "./openapi.ts";
import { type Send, sendWithin } from "./send.ts";
import type { Time } from "./time.ts";

/** API Gateway times out after 29 s. The rest is for a batch on a slow network. */
const timeoutMs = 60_000;

/** A user does not wait longer. The app then gets the response. */
const maxWaitMs = 10_000;

/** The first attempt and two retries. */
const attempts = 3;

const idempotent = idempotentOperations.map((operation) => new RegExp(`^${operation.replace(/\{\w+\}/g, "[^/]+")}$`));

/** The time in `Retry-After`; undefined without the header, or if it is too long. */
export function retryAfterMs(response: Response): number | undefined {
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  const milliseconds = seconds * 1000;
  return seconds >= 0 && milliseconds <= maxWaitMs ? milliseconds : undefined;
}

/**
 * Retries a request after `Retry-After`: any request after a 429, since it had no effect; after a 503 or 504, which may follow an
 * effect, only idempotent ones.
 */
export function withRetryAfter(baseUrl: string, send: Send, time: Time): Send {
  return async (request) => {
    const path = request.url.slice(baseUrl.length).split("?")[0];
    const isIdempotent =
      request.headers.has("Idempotency-Key") ||
      idempotent.some((operation) => operation.test(`${request.method} ${path}`));
    for (let attempt = 1; ; attempt++) {
      const response = await sendWithin(timeoutMs, request.clone(), send, time);
      const isRetryable = response.status === 429 || (isIdempotent && [503, 504].includes(response.status));
      const pause = isRetryable && attempt < attempts ? retryAfterMs(response) : undefined;
      if (pause === undefined) return response;
      // Up to a quarter more, so that phones that were refused together do not retry together.
      await time.wait(pause * (1 + Math.random() / 4));
    }
  };
}
