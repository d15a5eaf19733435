import type { Tally } from "./results.ts";
import type { Server } from "./server.ts";

/** Does work on a server, and says how many milliseconds of its processor each of the requests took. */
export async function processorTime(
  server: Server,
  work: () => Promise<Tally>,
): Promise<{ result: Tally; each: number }> {
  const before = await server.usage();
  const result = await work();
  const after = await server.usage();
  return { result, each: (after.processorMilliseconds - before.processorMilliseconds) / result.count };
}
