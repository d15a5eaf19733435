import { ConfigurationError } from "../../service/config.ts";

/** A failure of backups or restores that an operator can act on: the message says what happened, why, and what to do. */
export class BackupError extends ConfigurationError {
  override readonly name = "BackupError";
}
