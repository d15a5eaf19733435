/** A collection of a backup needs memory for a response of the server and a part of an upload, a plan that of Terraform. */
const limit = 2;

/**
 * Runs work for each item in order, two at a time. The first failure starts no further work and aborts the running work, and
 * this fails when all of it has ended.
 *
 * @param signal aborts all work
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  signal: AbortSignal | undefined,
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  const stop = new AbortController();
  const stopped = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const results: Result[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      stopped.throwIfAborted();
      const index = next++;
      results[index] = await work(items[index]!, stopped);
    }
  };
  const workers = Array.from({ length: Math.min(limit, items.length) }, () =>
    worker().catch((error: unknown) => {
      stop.abort(error);
      throw error;
    }),
  );
  await Promise.allSettled(workers);
  // Aborted work fails with the reason of the first failure.
  stopped.throwIfAborted();
  return results;
}
