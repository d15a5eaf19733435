import { OperatorError } from "./errors.ts";

const signals = ["SIGINT", "SIGTERM"] as const;

/** What the operator reads after an interruption. */
export interface Interruption {
  readonly why: string;
  readonly action: string;
}

/**
 * Does work that ends in good order when it is told to stop. Told twice, the process ends at once.
 * @param consequence what the interruption means
 * @param action what to do then
 */
export async function runInterruptible<T>(
  { why, action }: Interruption,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals) => {
    controller.abort(new OperatorError("interrupted", { what: `Interrupted by ${name}.`, why: why, action }));
  };
  for (const name of signals) process.once(name, stop);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of signals) process.off(name, stop);
  }
}
