import { BackupError } from "../errors.ts";

/** What Lambda hands a function beside the event. */
export interface Invocation {
  getRemainingTimeInMillis(): number;
}

/** Enough to stop an upload, close the database and write the last line. */
const reserveMilliseconds = 30_000;

/**
 * Does work that is told to stop before Lambda ends the process: so the log says why, and nothing is left half done.
 * @throws {BackupError} the signal's reason, if the time does not suffice
 */
export async function withinTimeLeft<Result>(
  invocation: Invocation,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const stop = () =>
    controller.abort(
      new BackupError(
        "The function has run out of time: Lambda lets it run for 15 minutes, and the database has outgrown them. Give it more " +
          'memory, and with that a faster processor, or back the database up otherwise: docs/backups.md, "How large".',
      ),
    );
  const timer = setTimeout(stop, invocation.getRemainingTimeInMillis() - reserveMilliseconds);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}
