import { median } from "../../scripts/sizing/statistics.ts";
import { formatMegabytes, type Section, toRatioRow } from "../report.ts";
import { startPopulatedServer } from "./populated-server.ts";
import { Results } from "./results.ts";
import { runWorkload } from "./workload.ts";

const userCount = 200;
const concurrency = 8;

/** Until everything that the service caches for some time is cached. */
const warmUpMs = 120_000;
const partMs = 30_000;

/** Detects memory leaks: the mixed workload for many minutes. Between its parts the heap is collected and measured. */
export async function measureSoak(minutes: number): Promise<Section> {
  const populated = await startPopulatedServer(userCount);
  const { server, users } = populated;
  try {
    await runWorkload({ users, concurrency, milliseconds: warmUpMs });
    const start = await server.usage();
    const heaps: number[] = [];
    const results = new Results();
    for (let left = minutes * 60_000; left > 0; left -= partMs) {
      await runWorkload({ users, concurrency, milliseconds: Math.min(left, partMs) }, results);
      heaps.push((await server.usage()).heapBytes);
    }
    const end = await server.usage();
    const thirds = [0, 1, 2].map((third) =>
      heaps.slice((heaps.length * third) / 3, Math.ceil((heaps.length * (third + 1)) / 3)),
    );
    return {
      title: `Mixed workload for ${minutes} minutes after ${warmUpMs / 1000} s, ${concurrency} requests at a time`,
      note: `${userCount} users, ${results.count} requests.`,
      rows: [
        { label: "heap after garbage collection, at the start", value: formatMegabytes(start.heapBytes) },
        { label: "in each third, median", value: thirds.map((third) => formatMegabytes(median(third))).join(", ") },
        { label: "at the end", value: formatMegabytes(end.heapBytes) },
        toRatioRow("end / start", end.heapBytes / start.heapBytes, 1.05),
        {
          label: "resident memory, start and end",
          value: `${formatMegabytes(start.residentBytes)}, ${formatMegabytes(end.residentBytes)}`,
        },
        ...results.toLatencyRows(),
        ...results.toFaultRows(),
      ],
    };
  } finally {
    await populated.remove();
  }
}
