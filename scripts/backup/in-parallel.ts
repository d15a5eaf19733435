/**
 * Does a piece of work for each item, a few at a time, in order. After the first failure nothing new is begun, what has begun
 * is told to stop, and all of it has ended when this fails.
 *
 * @param signal tells from outside to stop
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  limit: number,
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
  // Those that were told to stop fail with the same reason as the first.
  stopped.throwIfAborted();
  return results;
}
