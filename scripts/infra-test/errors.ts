import { OperatorError } from "../cli/errors.ts";

/** An error of the person who rehearses: its message says what happened, why, and what to do. */
export class RehearsalError extends OperatorError {
  override readonly name = "RehearsalError";
}
