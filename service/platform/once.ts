/**
 * Makes an asynchronous factory run once and share its result: a client is created at its first use and lives as long as the
 * execution environment. A failure is not kept, whether the factory rejects or throws: the next call tries again. Callers that wait
 * for the same attempt get the same failure.
 *
 * @param create must not need its own result: it gets an error instead of waiting forever
 */
export function once<T>(create: () => Promise<T>): () => Promise<T> {
  let shared: Promise<T> | undefined;
  let isCreating = false;
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
    if (shared) return shared;
    if (isCreating) return Promise.reject(new Error("A factory cannot wait for its own result."));
    const attempt = start();
    shared = attempt;
    // The first reaction to the failure: no caller that tries again gets this attempt.
    attempt.catch(() => {
      shared = undefined;
    });
    return attempt;
  };
}
