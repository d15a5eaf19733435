/**
 * A mistake in the use of a construct or stack, for the person who runs `npm run synth`, who sees its message alone,
 * without a stack.
 *
 * @example
 * throw new ConstructError("log-key-missing", {
 *   what: `The stack "${id}" has no key for logs.`,
 *   why: "All logs are encrypted.",
 *   action: "Set its `logKey` before you add a log.",
 * });
 */
export class ConstructError extends Error {
  override readonly name = "ConstructError";
  readonly code: string;

  /**
   * @param code identifies the error in tests and searches: stable, in kebab case, used in one place alone
   * @param parts what happened, why, and what to do: each one or more sentences
   */
  constructor(code: string, parts: { readonly what: string; readonly why: string; readonly action: string }) {
    super(`${parts.what} ${parts.why} ${parts.action} [${code}]`);
    this.code = code;
  }
}
