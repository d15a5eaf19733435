/** An error written for the person who runs a command: its message says what happened, why, and what to do. */
export class OperatorError extends Error {
  override readonly name: string = "OperatorError";
}
