import { OperatorError } from "../cli/errors.ts";

/** A failure of backups or restores that an operator can act on: the message says what happened, why, and what to do. */
export class BackupError extends OperatorError {
  override readonly name = "BackupError";
}
