import { OperatorError, type Reason } from "./errors.ts";

const signals = ["SIGINT", "SIGTERM"] as const;

/**
 * Runs work that ends in an orderly way on SIGINT or SIGTERM. The second signal kills the process.
 * @param reason why an interruption matters, and what to do then
 */
export async function runInterruptible<T>(
  { why, action }: Reason,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals) => {
    controller.abort(new OperatorError("interrupted", { what: `Interrupted by ${name}.`, why, action }));
  };
  for (const name of signals) process.once(name, stop);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of signals) process.off(name, stop);
  }
}
