/**
 * Makes an asynchronous factory run once and share its result: a client is created at its first use and lives as long as the
 * execution environment. A failure is not kept: the next call tries again.
 */
export function once<T>(create: () => Promise<T>): () => Promise<T> {
  let shared: Promise<T> | undefined;
  return () => {
    shared ??= create().catch((error) => {
      shared = undefined;
      throw error;
    });
    return shared;
  };
}
