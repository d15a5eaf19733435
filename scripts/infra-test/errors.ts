/** An error of the person who rehearses: its message says what happened, why, and what to do. */
export class RehearsalError extends Error {
  override readonly name = "RehearsalError";
}
