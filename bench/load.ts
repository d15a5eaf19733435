import { type PopulatedServer, startPopulatedServer } from "./load/populated-server.ts";
import { runWorkload } from "./load/workload.ts";
import { formatMegabytes, formatMilliseconds, type Section } from "./report.ts";

/** Users for each concurrent request: an app rarely sends one. */
const usersPerRequest = 4;
const minimumUsers = 50;

const warmUpMs = 3_000;

/**
 * The local server on real services under the mixed workload, at one concurrency after the other.
 * @param minutes for all of them together
 */
export async function* measureLoad(minutes: number, concurrencies: readonly number[]): AsyncGenerator<Section> {
  const users = Math.max(minimumUsers, usersPerRequest * Math.max(...concurrencies));
  const populated = await startPopulatedServer(users);
  try {
    const milliseconds = (minutes * 60_000) / concurrencies.length;
    await measureMixedWorkload(populated, concurrencies[0]!, warmUpMs);
    for (const concurrency of concurrencies) {
      yield await measureMixedWorkload(populated, concurrency, milliseconds);
    }
  } finally {
    await populated.remove();
  }
}

async function measureMixedWorkload(
  { server, users }: PopulatedServer,
  concurrency: number,
  milliseconds: number,
): Promise<Section> {
  const startedAt = performance.now();
  const before = await server.usage();
  const result = await runWorkload({ users, concurrency, milliseconds });
  const seconds = (performance.now() - startedAt) / 1000;
  const { cpuMilliseconds, heapBytes } = await server.usage();
  return {
    title: `Mixed workload, ${concurrency} requests at a time, ${seconds.toFixed(0)} s`,
    rows: [
      { label: "requests per second", value: (result.count / seconds).toFixed(0) },
      ...result.toLatencyRows(),
      {
        label: "the server's CPU time per request",
        value: formatMilliseconds((cpuMilliseconds - before.cpuMilliseconds) / result.count),
      },
      { label: "its heap after garbage collection", value: formatMegabytes(heapBytes) },
      ...result.toFaultRows(),
    ],
  };
}
