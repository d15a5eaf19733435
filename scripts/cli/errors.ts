/** Why an error happened, and what to do; each part is one or more sentences. */
export interface Reason {
  readonly why: string;
  readonly action: string;
}

/** What an error tells the operator. */
export interface Explanation extends Reason {
  /** What happened. */
  readonly what: string;
  /** Exit status of the command. @default 1 */
  readonly exitStatus?: number;
  /** The error behind this one. It is not printed. */
  readonly cause?: unknown;
}

/**
 * An error for the person who runs a command, who sees its message alone, without a stack.
 *
 * @example
 * throw new OperatorError("backup-not-found", {
 *   what: `${location} has no backup from before ${before}.`,
 *   why: "Backups are kept for 30 days.",
 *   action: "Choose a later time, or list the backups: npm run ops -- backup list",
 * });
 */
export class OperatorError extends Error {
  override readonly name: string = "OperatorError";
  readonly code: string;
  readonly exitStatus: number;
  /** What happened and why, for an error that this one causes. */
  readonly reason: string;
  /** What to do. */
  readonly action: string;

  /**
   * @param code identifies the error in tests, logs and searches: stable, unique, in kebab case
   */
  constructor(code: string, { what, why, action, exitStatus = 1, ...options }: Explanation) {
    super(`${what} ${why} ${action} [${code}]`, options);
    this.code = code;
    this.reason = `${what} ${why}`;
    this.action = action;
    this.exitStatus = exitStatus;
  }
}

/** What happened and why, without the action and code of an {@link OperatorError}. */
export const getReason = (error: unknown): string =>
  error instanceof OperatorError ? error.reason : (error as Error).message;

/** Whether an error is an {@link OperatorError} with this code. */
export const hasCode = (error: unknown, code: string): boolean => error instanceof OperatorError && error.code === code;
