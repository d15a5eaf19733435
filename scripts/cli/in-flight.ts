/** How much of a stream is worked on at a time. */
export interface InFlightLimits {
  /** Most items. */
  readonly items: number;
  /** Most bytes. A larger item is worked on alone. */
  readonly bytes: number;
}

/**
 * Runs work for the items of a stream in their order, several at a time. It holds one item more than the limits: the next one. After the
 * first failure, it starts no further work, and fails when all work in progress has ended.
 *
 * @param signal ends it likewise
 */
export async function runInFlight<Item extends { readonly bytes: Uint8Array }>(
  items: AsyncIterable<Item>,
  limits: InFlightLimits,
  signal: AbortSignal,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let bytes = 0;
  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown) => {
    failure ??= { error };
  };
  const run = async (item: Item) => {
    bytes += item.bytes.length;
    await work(item).catch(fail);
    bytes -= item.bytes.length;
  };
  try {
    for await (const item of items) {
      while (running.size >= limits.items || (running.size > 0 && bytes + item.bytes.length > limits.bytes)) {
        await Promise.race(running);
      }
      signal.throwIfAborted();
      if (failure) break;
      const started = run(item).finally(() => running.delete(started));
      running.add(started);
    }
  } catch (error) {
    fail(error);
  }
  await Promise.all(running);
  if (failure) throw failure.error;
}
