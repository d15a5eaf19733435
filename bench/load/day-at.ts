import { formatMegabytes, formatMilliseconds as inMilliseconds, type Section } from "../report.ts";
import { measureCpuTime } from "./cpu-time.ts";
import type { PopulatedServer } from "./populated-server.ts";
import { runWorkload } from "./workload.ts";

/** A mixed day, at one concurrency. */
export async function measureMixedWorkload(
  { server, phones }: PopulatedServer,
  concurrency: number,
  milliseconds: number,
): Promise<Section> {
  const begun = performance.now();
  const { result: tally, each } = await measureCpuTime(server, () =>
    runWorkload({ phones, concurrency, milliseconds }),
  );
  const seconds = (performance.now() - begun) / 1000;
  const rows = [
    { what: "requests a second", figure: (tally.count / seconds).toFixed(0) },
    ...tally.toLatencyRows(),
    { what: "the server's processor time for a request", figure: inMilliseconds(each) },
    { what: "its heap after collection", figure: formatMegabytes((await server.usage()).heapBytes) },
    ...tally.toFaultRows(),
  ];
  return { title: `A mixed day, ${concurrency} requests at a time, ${seconds.toFixed(0)} s`, rows };
}
