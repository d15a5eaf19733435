import type { DependencyName } from "../contract.ts";

/** A dependency is unavailable. The error handler responds with 503. */
export class UnavailableError extends Error {
  /** The dependency, for the log. */
  readonly dependency: DependencyName | undefined;
  /** Tells this failure from others, such as the error prefix of Redis. */
  readonly code: string | undefined;

  constructor(message: string, options?: ErrorOptions & { dependency?: DependencyName; code?: string | undefined }) {
    super(message, options);
    this.name = "UnavailableError";
    this.dependency = options?.dependency;
    this.code = options?.code;
  }
}

/**
 * Settles as `work` does, or rejects with {@link UnavailableError} after `milliseconds`. The work itself continues: give it a
 * timeout of its own where its library takes one.
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
  // Not in the timer: there, the stack does not show the caller, and all timeouts would have the same fingerprint.
  throw new UnavailableError(`${what} did not respond within ${milliseconds} ms`, { code: what });
}

const expired = Symbol("expired");
