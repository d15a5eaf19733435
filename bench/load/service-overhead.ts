import { median } from "../../scripts/sizing/statistics.ts";
import { formatMicroseconds, type Section } from "../report.ts";
import { createHttpClient } from "./client.ts";
import { measureCpuTime } from "./cpu-time.ts";
import type { PopulatedServer } from "./populated-server.ts";
import { startServer } from "./server.ts";
import type { RequestResult } from "./virtual-user.ts";
import { runWorkload } from "./workload.ts";

const concurrency = 8;
const rounds = 5;
const roundMilliseconds = 1_000;

/** What of a request is ours: the server's work beside that of an empty route on the same kind of server. */
export async function measureServiceOverhead({ server, phones }: PopulatedServer): Promise<Section> {
  const empty = await startServer("empty-server.ts", process.env);
  const client = createHttpClient(empty.url);
  const readers = phones.map(() => ({
    async ask(): Promise<RequestResult> {
      const sentAt = performance.now();
      const { status } = await client.send("GET", "/v1/users/me");
      return { kind: "profile", status, sentAt, milliseconds: performance.now() - sentAt };
    },
  }));
  const load = { concurrency, milliseconds: roundMilliseconds };
  const runs = {
    profile: [server, () => runWorkload({ ...load, phones, next: () => "profile" })],
    day: [server, () => runWorkload({ ...load, phones })],
    empty: [empty, () => runWorkload({ ...load, phones: readers })],
  } as const;
  const work = { profile: [] as number[], day: [] as number[], empty: [] as number[] };
  const times = { profile: [] as number[], day: [] as number[], empty: [] as number[] };
  // The first round is to warm up.
  for (let round = 0; round <= rounds; round++) {
    for (const name of ["profile", "day", "empty"] as const) {
      const [on, run] = runs[name];
      const { result, each } = await measureCpuTime(on, run);
      if (round === 0) continue;
      work[name].push(each);
      times[name].push(...result.getTimes("profile"));
    }
  }
  client.close();
  await empty.stop();

  const share = (name: "profile" | "day") =>
    `${((1 - median(work.empty) / median(work[name])) * 100).toFixed(0)} %`;
  return {
    title: `What of a request is ours, ${concurrency} at a time`,
    note: "Processor time of the server's process; what is not ours is what an empty Express route takes. They take turns.",
    rows: [
      { what: "an empty route, processor time", figure: formatMicroseconds(median(work.empty)) },
      { what: "profile, processor time", figure: formatMicroseconds(median(work.profile)) },
      { what: "ours of it", figure: share("profile") },
      { what: "a request of the mixed day, processor time", figure: formatMicroseconds(median(work.day)) },
      { what: "ours of it", figure: share("day") },
      { what: "an empty route, p50", figure: formatMicroseconds(median(times.empty)) },
      { what: "profile, p50", figure: formatMicroseconds(median(times.profile)) },
    ],
  };
}
