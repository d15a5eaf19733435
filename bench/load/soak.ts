import { median } from "../../scripts/sizing/statistics.ts";
import { formatMegabytes, type Section, toRatioRow } from "../report.ts";
import { startPopulatedServer } from "./populated-server.ts";
import { Results } from "./results.ts";
import { runWorkload } from "./workload.ts";

const people = 200;
const concurrency = 8;

/** Until all that the service remembers for a while is remembered. */
const warmUpMilliseconds = 120_000;
const partMilliseconds = 30_000;

/**
 * Whether the server keeps what it should let go: a mixed day for many minutes. Between its parts, while no request is under
 * way, garbage is collected and the heap measured.
 */
export async function measureSoak(minutes: number): Promise<Section> {
  const populated = await startPopulatedServer(people);
  const { server, phones } = populated;
  try {
    await runWorkload({ phones, concurrency, milliseconds: warmUpMilliseconds });
    const start = await server.usage();
    const heaps: number[] = [];
    const tally = new Results();
    for (let left = minutes * 60_000; left > 0; left -= partMilliseconds) {
      const milliseconds = Math.min(left, partMilliseconds);
      await runWorkload({ phones, concurrency, milliseconds }, tally);
      heaps.push((await server.usage()).heapBytes);
    }
    const end = await server.usage();
    return {
      title: `A mixed day for ${minutes} minutes after ${warmUpMilliseconds / 1000} s, ${concurrency} requests at a time`,
      note: `${people} users, ${tally.count} requests.`,
      rows: [
        { what: "heap after collection at the start", figure: formatMegabytes(start.heapBytes) },
        {
          what: "in each third since, the median",
          figure: [0, 1, 2].map((third) => formatMegabytes(median(thirdOf(heaps, third)))).join(", "),
        },
        { what: "at the end", figure: formatMegabytes(end.heapBytes) },
        toRatioRow("the end beside the start", end.heapBytes / start.heapBytes, 1.05),
        {
          what: "resident memory, start and end",
          figure: `${formatMegabytes(start.residentBytes)}, ${formatMegabytes(end.residentBytes)}`,
        },
        ...tally.toLatencyRows(),
        ...tally.toFaultRows(),
      ],
    };
  } finally {
    await populated.remove();
  }
}

/** @param third 0, 1 or 2 */
const thirdOf = (values: number[], third: number): number[] =>
  values.slice((values.length * third) / 3, Math.ceil((values.length * (third + 1)) / 3));
