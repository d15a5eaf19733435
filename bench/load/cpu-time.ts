import type { Results } from "./results.ts";
import type { Server } from "./server.ts";

/** Does work on a server, and says how many milliseconds of its processor each of the requests took. */
export async function measureCpuTime(
  server: Server,
  work: () => Promise<Results>,
): Promise<{ result: Results; each: number }> {
  const before = await server.usage();
  const result = await work();
  const after = await server.usage();
  return { result, each: (after.cpuMilliseconds - before.cpuMilliseconds) / result.count };
}
