import { constants } from "node:os";

/**
 * `npm` sends its child the signal that the terminal has sent to both: within this time, another one is the same Ctrl-C. The child is
 * the server itself, by `exec` in the script `start`: a shell in between ends at SIGTERM, and the server continues.
 * https://github.com/npm/run-script/blob/main/lib/signal-manager.js
 */
const sameSignalMilliseconds = 500;

/**
 * Ends the process at SIGINT (Ctrl-C) or SIGTERM: with exit code 0 after `end`, or immediately at a second signal, with the exit
 * code that a shell gives a process which the signal has killed.
 *
 * @param end ends what is in progress, within a limit of its own
 */
export function endOnSignals(end: () => Promise<void>): void {
  let hasBegun = false;
  let isForcible = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (isForcible) process.exit(128 + constants.signals[signal]);
      if (hasBegun) return;
      hasBegun = true;
      setTimeout(() => {
        isForcible = true;
        console.error("Waiting for requests in progress. Press Ctrl-C again to end immediately.");
      }, sameSignalMilliseconds);
      end().then(
        () => process.exit(0),
        (error) => {
          console.error(error);
          process.exit(1);
        },
      );
    });
  }
}
