import type { DependencyName } from "../contract.ts";

/** A dependency did not do its work: answered as 503 by the error handler. */
export class UnavailableError extends Error {
  /** Which dependency it was, for the log. */
  readonly dependency: DependencyName | undefined;
  /** Tells this failure from others in a word, such as Redis's own word for it. */
  readonly code: string | undefined;

  constructor(
    message: string,
    options?: ErrorOptions & { dependency?: DependencyName; code?: string | undefined },
  ) {
    super(message, options);
    this.name = "UnavailableError";
    this.dependency = options?.dependency;
    this.code = options?.code;
  }
}

/**
 * Settles as `work` does, or rejects with {@link UnavailableError} after `milliseconds`. The work itself goes
 * on: give it a deadline of its own where its library takes one.
 */
export async function withDeadline<T>(what: string, milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<typeof expired>((resolve) => {
    timer = setTimeout(resolve, milliseconds, expired);
  });
  try {
    const outcome = await Promise.race([work, expiry]);
    if (outcome !== expired) return outcome;
  } finally {
    clearTimeout(timer);
  }
  // Here and not in the timer: its stack would not tell who waited, and all that wait would look like one.
  throw new UnavailableError(`${what} did not answer within ${milliseconds} ms`, { code: what });
}

const expired = Symbol("expired");
