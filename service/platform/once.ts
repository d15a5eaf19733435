import type { DependencyName } from "../contract.ts";
import { outsideRequest, untilDeadline } from "./deadline.ts";

/**
 * Makes an asynchronous factory run once and share its result: a client is created at its first use and lives as long as the
 * execution environment. A failure is not kept, whether the factory rejects or throws: the next call tries again. Callers that wait
 * for the same attempt get the same failure. A request waits until its deadline, which does not end the work that it shares.
 *
 * @param create must not need its own result: it gets an error instead of waiting forever
 * @param what what a call waits for, for the log
 * @param dependency the dependency that the work needs, for the log
 */
export function once<T>(
  create: () => Promise<T>,
  what = "a dependency of the service",
  dependency?: DependencyName,
): () => Promise<T> {
  let shared: Promise<T> | undefined;
  let isCreating = false;
  let isReady = false;
  const wait = (attempt: Promise<T>) => (isReady ? attempt : untilDeadline(what, () => attempt, dependency));
  const start = async () => {
    isCreating = true;
    try {
      // Not awaited here: only a call from within the factory is refused, not a call while its result is pending.
      return create();
    } finally {
      isCreating = false;
    }
  };
  return () => {
    if (shared) return wait(shared);
    if (isCreating) return Promise.reject(new Error("A factory cannot wait for its own result."));
    const attempt = outsideRequest(start);
    shared = attempt;
    // The first reaction to the failure: no caller that tries again gets this attempt.
    attempt.then(
      () => {
        isReady = true;
      },
      () => {
        shared = undefined;
      },
    );
    return wait(attempt);
  };
}
