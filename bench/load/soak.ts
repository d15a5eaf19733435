import { median } from "../../scripts/sizing/statistics.ts";
import { megabytes, ratio, type Section } from "../report.ts";
import { populatedServer } from "./populated-server.ts";
import { Tally } from "./results.ts";
import { runDay } from "./workload.ts";

const people = 200;
const concurrency = 8;

/** Until all that the service remembers for a while is remembered. */
const warmUpMilliseconds = 120_000;
const partMilliseconds = 30_000;

/**
 * Whether the server keeps what it should let go: a mixed day for many minutes. Between its parts, while no request is under
 * way, garbage is collected and the heap measured.
 */
export async function soak(minutes: number): Promise<Section> {
  const populated = await populatedServer(people);
  const { server, phones } = populated;
  try {
    await runDay({ phones, concurrency, milliseconds: warmUpMilliseconds });
    const start = await server.usage();
    const heaps: number[] = [];
    const tally = new Tally();
    for (let left = minutes * 60_000; left > 0; left -= partMilliseconds) {
      const milliseconds = Math.min(left, partMilliseconds);
      await runDay({ phones, concurrency, milliseconds }, tally);
      heaps.push((await server.usage()).heapBytes);
    }
    const end = await server.usage();
    return {
      title: `A mixed day for ${minutes} minutes after ${warmUpMilliseconds / 1000} s, ${concurrency} requests at a time`,
      note: `${people} users, ${tally.count} requests.`,
      rows: [
        { what: "heap after collection at the start", figure: megabytes(start.heapBytes) },
        {
          what: "in each third since, the median",
          figure: [0, 1, 2].map((third) => megabytes(median(thirdOf(heaps, third)))).join(", "),
        },
        { what: "at the end", figure: megabytes(end.heapBytes) },
        ratio("the end beside the start", end.heapBytes / start.heapBytes, 1.05),
        {
          what: "resident memory, start and end",
          figure: `${megabytes(start.residentBytes)}, ${megabytes(end.residentBytes)}`,
        },
        ...tally.timeRows(),
        ...tally.faultRows(),
      ],
    };
  } finally {
    await populated.remove();
  }
}

/** @param third 0, 1 or 2 */
const thirdOf = (values: number[], third: number): number[] =>
  values.slice((values.length * third) / 3, Math.ceil((values.length * (third + 1)) / 3));
