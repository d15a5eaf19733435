import { constants } from "node:os";
import { OperatorError, type Reason } from "./errors.ts";

/** SIGPIPE stands for output that has no reader any more, see {@link interrupt}. */
type InterruptingSignal = "SIGINT" | "SIGTERM" | "SIGPIPE";

const signals = ["SIGINT", "SIGTERM"] as const;

/** One Ctrl-C arrives twice where npm, which forwards it, is the direct parent. */
const repetitionMs = 1000;

/** Of nested work, the innermost reacts. */
const listeners: ((name: InterruptingSignal) => void)[] = [];

let interruptedBy: InterruptingSignal | undefined;

/** The exit status that a shell shows for a signal, such as 130 for SIGINT. */
export const toExitStatus = (name: InterruptingSignal): number => 128 + constants.signals[name];

/** The exit status after an interruption, which work may end with a result of its own; undefined without one. */
export const getInterruptionStatus = (): number | undefined => interruptedBy && toExitStatus(interruptedBy);

/** Interrupts the work that runs as a signal does. @returns whether there is any */
export function interrupt(name: InterruptingSignal): boolean {
  listeners.at(-1)?.(name);
  return listeners.length > 0;
}

/**
 * Runs work that ends in an orderly way on SIGINT or SIGTERM. A second signal, a second later or more, kills the process.
 * @param reason why an interruption matters, and what to do then
 */
export async function runInterruptible<T>(reason: Reason, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (name: InterruptingSignal) => {
    if (controller.signal.aborted) return;
    interruptedBy = name;
    controller.abort(createInterruption(name, reason));
    setTimeout(stopListening, repetitionMs).unref();
  };
  const stopListening = listen(stop);
  try {
    return await work(controller.signal);
  } finally {
    stopListening();
  }
}

/**
 * Runs work that may end anywhere, because a second run does what is left. SIGINT and SIGTERM end the process, with a message.
 * @param explain says what an interruption means at that time, and what to do then. @default the command does the rest when it runs again
 */
export async function runResumable<T>(work: () => Promise<T>, explain: () => Reason = explainRest): Promise<T> {
  const stopListening = listen((name) => {
    console.error(createInterruption(name, explain()).message);
    process.exit(toExitStatus(name));
  });
  try {
    return await work();
  } finally {
    stopListening();
  }
}

/** The action of a command that runs like {@link runResumable}. */
export const resumable =
  <Arguments extends unknown[], Result>(action: (...values: Arguments) => Promise<Result>) =>
  (...values: Arguments): Promise<Result> =>
    runResumable(() => action(...values));

const explainRest = (): Reason => ({
  why: "The command was not complete.",
  action: "Run it again: it does only what is left.",
});

const createInterruption = (name: InterruptingSignal, { why, action }: Reason): OperatorError =>
  new OperatorError("interrupted", { what: `Interrupted by ${name}.`, why, action, exitStatus: toExitStatus(name) });

/** @returns what ends the listening */
function listen(listener: (name: InterruptingSignal) => void): () => void {
  if (listeners.push(listener) === 1) for (const name of signals) process.on(name, interrupt);
  return () => {
    const index = listeners.indexOf(listener);
    if (index >= 0) listeners.splice(index, 1);
    if (listeners.length === 0) for (const name of signals) process.off(name, interrupt);
  };
}
