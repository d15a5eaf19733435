import { median } from "../../scripts/sizing/statistics.ts";
import { microseconds, type Section } from "../report.ts";
import { clientOf } from "./client.ts";
import { processorTime } from "./cpu-time.ts";
import type { PopulatedServer } from "./populated-server.ts";
import { startServer } from "./server.ts";
import type { Outcome } from "./virtual-user.ts";
import { runDay } from "./workload.ts";

const concurrency = 8;
const rounds = 5;
const roundMilliseconds = 1_000;

/** What of a request is ours: the server's work beside that of an empty route on the same kind of server. */
export async function ownShare({ server, phones }: PopulatedServer): Promise<Section> {
  const empty = await startServer("empty-server.ts", process.env);
  const client = clientOf(empty.url);
  const readers = phones.map(() => ({
    async ask(): Promise<Outcome> {
      const sentAt = performance.now();
      const { status } = await client.send("GET", "/v1/users/me");
      return { kind: "profile", status, sentAt, milliseconds: performance.now() - sentAt };
    },
  }));
  const load = { concurrency, milliseconds: roundMilliseconds };
  const runs = {
    profile: [server, () => runDay({ ...load, phones, next: () => "profile" })],
    day: [server, () => runDay({ ...load, phones })],
    empty: [empty, () => runDay({ ...load, phones: readers })],
  } as const;
  const work = { profile: [] as number[], day: [] as number[], empty: [] as number[] };
  const times = { profile: [] as number[], day: [] as number[], empty: [] as number[] };
  // The first round is to warm up.
  for (let round = 0; round <= rounds; round++) {
    for (const name of ["profile", "day", "empty"] as const) {
      const [on, run] = runs[name];
      const { result, each } = await processorTime(on, run);
      if (round === 0) continue;
      work[name].push(each);
      times[name].push(...result.timesOf("profile"));
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
      { what: "an empty route, processor time", figure: microseconds(median(work.empty)) },
      { what: "profile, processor time", figure: microseconds(median(work.profile)) },
      { what: "ours of it", figure: share("profile") },
      { what: "a request of the mixed day, processor time", figure: microseconds(median(work.day)) },
      { what: "ours of it", figure: share("day") },
      { what: "an empty route, p50", figure: microseconds(median(times.empty)) },
      { what: "profile, p50", figure: microseconds(median(times.profile)) },
    ],
  };
}
