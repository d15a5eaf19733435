/** An error of the person who makes or restores backups: its message says what happened, why, and what to do. */
export class BackupError extends Error {
  override readonly name = "BackupError";
}
