import type { FailingPart } from "../contract.ts";

/** A part did not do its work: answered as 503 by the error handler. */
export class UnavailableError extends Error {
  /** Which part it was, for the log. */
  readonly part: FailingPart | undefined;

  constructor(message: string, options?: ErrorOptions & { part?: FailingPart }) {
    super(message, options);
    this.name = "UnavailableError";
    this.part = options?.part;
  }
}

/**
 * Settles as `work` does, or rejects with {@link UnavailableError} after `milliseconds`. The work itself goes
 * on: give it a deadline of its own where its library takes one.
 */
export async function withDeadline<T>(what: string, milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new UnavailableError(`${what} did not answer within ${milliseconds} ms`)),
      milliseconds,
    );
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    clearTimeout(timer);
  }
}
