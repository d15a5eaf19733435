import { toApiGatewayEvent } from "../scripts/aws/api-gateway-event.ts";
import { median } from "../scripts/sizing/statistics.ts";
import { bundleInProcessService, createRegistration } from "./in-process-service.ts";
import { type LogOutput, runInTurns } from "./process.ts";
import { bundleProgram } from "./programs.ts";
import { formatMicroseconds, type Section, toPeerRow } from "./report.ts";

/** Frameworks that the service is compared with, and the same work without one, by their files in `entries/peers`. */
export const peers = ["hono", "fastify", "lambda-api", "bare"] as const;

/** With Express, the service takes no longer than frameworks that are chosen for their speed. */
const limits = { hono: { atMost: 1 }, fastify: { atMost: 1 }, "lambda-api": undefined, bare: undefined };

/** What a process measures in one of its turns. */
interface Round {
  /** The time of each request. */
  milliseconds: number[];
  /** The CPU time of a request on average. */
  cpuMilliseconds: number;
}

/** The time of an authenticated read in a warm process, compared with other frameworks that do the same work. */
export async function measureWarmRequest(): Promise<Section> {
  const shared = {
    register: createRegistration(),
    read: toApiGatewayEvent({
      path: "/v1/users/me",
      headers: { Accept: "application/json", "User-Agent": "ecobeat/1.0", "X-Forwarded-For": "192.0.2.1" },
    }),
    warmUp: 10_000,
    requests: 300,
  };
  const service = { ...shared, folder: await bundleInProcessService() };
  const inputs = { service } as Record<"service" | (typeof peers)[number], typeof service>;
  for (const peer of peers) inputs[peer] = { ...shared, folder: await bundleProgram(`bench/entries/peers/${peer}.ts`) };
  const run = async (output: LogOutput) => {
    const rounds = await runInTurns<keyof typeof inputs, Round>("warm-request.cjs", inputs, { rounds: 60, output });
    return {
      p50: (name: keyof typeof inputs) => median(rounds[name].flatMap(({ milliseconds }) => milliseconds)),
      cpu: (name: keyof typeof inputs) => median(rounds[name].map(({ cpuMilliseconds }) => cpuMilliseconds)),
    };
  };
  const discarded = await run("ignore");
  const piped = await run("pipe");
  const toRow = (label: string, peer: (typeof peers)[number], measure: typeof discarded.p50) =>
    toPeerRow(label, measure("service"), { name: peer, value: measure(peer) }, formatMicroseconds, limits[peer]);
  return {
    title: "Warm, authenticated GET /v1/users/me through the Lambda handler",
    note: "Users, sessions and signing key in the same process; token and profile are cached.",
    rows: [
      ...peers.map((peer) => toRow("p50", peer, discarded.p50)),
      ...peers.map((peer) => toRow("CPU time, with garbage collection", peer, discarded.cpu)),
      ...(["hono", "fastify"] as const).map((peer) => toRow("p50, log to a pipe with a reader", peer, piped.p50)),
    ],
  };
}
