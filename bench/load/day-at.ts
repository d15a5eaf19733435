import { milliseconds as inMilliseconds, megabytes, type Section } from "../report.ts";
import { processorTime } from "./cpu-time.ts";
import type { PopulatedServer } from "./populated-server.ts";
import { runDay } from "./workload.ts";

/** A mixed day, at one concurrency. */
export async function dayAt(
  { server, phones }: PopulatedServer,
  concurrency: number,
  milliseconds: number,
): Promise<Section> {
  const begun = performance.now();
  const { result: tally, each } = await processorTime(server, () =>
    runDay({ phones, concurrency, milliseconds }),
  );
  const seconds = (performance.now() - begun) / 1000;
  const rows = [
    { what: "requests a second", figure: (tally.count / seconds).toFixed(0) },
    ...tally.timeRows(),
    { what: "the server's processor time for a request", figure: inMilliseconds(each) },
    { what: "its heap after collection", figure: megabytes((await server.usage()).heapBytes) },
    ...tally.faultRows(),
  ];
  return { title: `A mixed day, ${concurrency} requests at a time, ${seconds.toFixed(0)} s`, rows };
}
