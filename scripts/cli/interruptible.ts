import { OperatorError, type Reason } from "./errors.ts";

const signals = ["SIGINT", "SIGTERM"] as const;

/** One Ctrl-C arrives twice where npm, which forwards it, is the direct parent. */
const repetitionMs = 1000;

/**
 * Runs work that ends in an orderly way on SIGINT or SIGTERM. A second signal, a second later or more, kills the process.
 * @param reason why an interruption matters, and what to do then
 */
export async function runInterruptible<T>(
  { why, action }: Reason,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) return;
    controller.abort(new OperatorError("interrupted", { what: `Interrupted by ${name}.`, why, action }));
    setTimeout(removeListeners, repetitionMs).unref();
  };
  const removeListeners = () => {
    for (const name of signals) process.off(name, stop);
  };
  for (const name of signals) process.on(name, stop);
  try {
    return await work(controller.signal);
  } finally {
    removeListeners();
  }
}
