import { median } from "../../scripts/sizing/statistics.ts";
import { formatMicroseconds, type Section } from "../report.ts";
import { createHttpClient } from "./client.ts";
import type { PopulatedServer } from "./populated-server.ts";
import { measureCpuTime, startServer } from "./server.ts";
import type { RequestResult } from "./virtual-user.ts";
import { runWorkload } from "./workload.ts";

const concurrency = 8;
const rounds = 5;
const roundMs = 1_000;

/** How much of a request's CPU time is the service's own, compared with an empty route on the same kind of server. */
export async function measureServiceOverhead({ server, users }: PopulatedServer): Promise<Section> {
  const empty = await startServer("empty-server.ts", process.env);
  const client = createHttpClient(empty.url);
  const readers = users.map(() => ({
    async sendRequest(): Promise<RequestResult> {
      const sentAt = performance.now();
      const { status } = await client.send("GET", "/v1/users/me");
      return { kind: "profile", status, sentAt, milliseconds: performance.now() - sentAt };
    },
  }));
  const load = { concurrency, milliseconds: roundMs };
  const runs = {
    profile: { on: server, workload: { ...load, users, next: () => "profile" as const } },
    mixed: { on: server, workload: { ...load, users } },
    empty: { on: empty, workload: { ...load, users: readers } },
  };
  type Name = keyof typeof runs;
  const cpuTimes: Record<Name, number[]> = { profile: [], mixed: [], empty: [] };
  const latencies: Record<Name, number[]> = { profile: [], mixed: [], empty: [] };
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    for (const name of Object.keys(runs) as Name[]) {
      const { on, workload } = runs[name];
      const { result, cpuMilliseconds } = await measureCpuTime(on, () => runWorkload(workload));
      if (round === 0) continue;
      cpuTimes[name].push(cpuMilliseconds / result.count);
      latencies[name].push(...result.getTimes("profile"));
    }
  }
  client.close();
  await empty.stop();

  const toRow = (label: string, times: number[]) => ({ label, value: formatMicroseconds(median(times)) });
  const toShareRow = (name: Name) => ({
    label: "the service's share",
    value: `${((1 - median(cpuTimes.empty) / median(cpuTimes[name])) * 100).toFixed(0)} %`,
  });
  return {
    title: `CPU time of the service, ${concurrency} requests at a time`,
    note: "Of the server's process. The service's share is what exceeds an empty Express route. The workloads take turns.",
    rows: [
      toRow("an empty route, CPU time", cpuTimes.empty),
      toRow("profile, CPU time", cpuTimes.profile),
      toShareRow("profile"),
      toRow("a request of the mixed workload, CPU time", cpuTimes.mixed),
      toShareRow("mixed"),
      toRow("an empty route, p50", latencies.empty),
      toRow("profile, p50", latencies.profile),
    ],
  };
}
