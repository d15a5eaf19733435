import { OperatorError } from "./errors.ts";

const signals = ["SIGINT", "SIGTERM"] as const;

/**
 * Does work that ends in good order when it is told to stop. Told twice, the process ends at once.
 * @param consequence what the interruption means, and what to do
 */
export async function interruptible<T>(
  consequence: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals) => {
    controller.abort(new OperatorError(`Interrupted by ${name}. ${consequence}`));
  };
  for (const name of signals) process.once(name, stop);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of signals) process.off(name, stop);
  }
}
