import { idempotentOperations } from "./openapi.ts";

/** Sends a request. */
export type Send = (request: Request) => Promise<Response>;

/** Nobody looks at a phone for longer; the app is better told. */
const maxWaitMs = 10_000;

/** The first time and two more. */
const attempts = 3;

const idempotent = idempotentOperations.map(
  (operation) => new RegExp(`^${operation.replace(/\{\w+\}/g, "[^/]+")}$`),
);

/** How long an answer asks to wait before the request is sent again; undefined if it asks for nothing or for too long. */
export function retryAfterMs(answer: Response): number | undefined {
  const seconds = Number(answer.headers.get("Retry-After") ?? Number.NaN);
  const milliseconds = seconds * 1000;
  return seconds >= 0 && milliseconds <= maxWaitMs ? milliseconds : undefined;
}

/**
 * Sends a request again as the service asks for by `Retry-After`: after a 429 any, since nothing was done; after a 503 or
 * 504, which say nothing of that, only those that do nothing twice.
 */
export function withRetryAfter(
  baseUrl: string,
  send: Send,
  wait: (milliseconds: number) => Promise<void>,
): Send {
  return async (request) => {
    const path = request.url.slice(baseUrl.length).split("?")[0];
    const isIdempotent =
      request.headers.has("Idempotency-Key") ||
      idempotent.some((operation) => operation.test(`${request.method} ${path}`));
    for (let attempt = 1; ; attempt++) {
      const answer = await send(request.clone());
      const wanted = answer.status === 429 || (isIdempotent && [503, 504].includes(answer.status));
      const pause = wanted && attempt < attempts ? retryAfterMs(answer) : undefined;
      if (pause === undefined) return answer;
      // Up to a quarter more, so that phones that were refused together do not come back together.
      await wait(pause * (1 + Math.random() / 4));
    }
  };
}
