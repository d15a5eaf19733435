import { OperatorError } from "../cli/errors.ts";

/** An error of the person who makes or restores backups: its message says what happened, why, and what to do. */
export class BackupError extends OperatorError {
  override readonly name = "BackupError";
}
