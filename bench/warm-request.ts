import { toApiGatewayEvent } from "../scripts/aws/api-gateway-event.ts";
import { median, quantile } from "../scripts/sizing/statistics.ts";
import { bundleInProcessService, createRegistration } from "./in-process-service.ts";
import { runInTurns } from "./process.ts";
import { bundleProgram } from "./programs.ts";
import { formatMicroseconds, type Section, toPeerRow } from "./report.ts";

/** Frameworks that the service is compared with, and the same work without one, by their files in `entries/peers`. */
export const peers = ["hono", "fastify", "lambda-api", "bare"] as const;

/** With Express, the service takes no longer than frameworks that are chosen for their speed. */
const limits = { hono: { atMost: 1 }, fastify: { atMost: 1 }, "lambda-api": undefined, bare: undefined };

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
  const run = async (output: "ignore" | "pipe") => {
    const times = await runInTurns<keyof typeof inputs, number[]>("warm-request.cjs", inputs, { rounds: 60, output });
    return (name: keyof typeof inputs) => times[name].flat();
  };
  const discarded = await run("ignore");
  const piped = await run("pipe");
  const p50 = median(discarded("service"));
  const toRow = (peer: (typeof peers)[number]) =>
    toPeerRow(
      `p50, next to ${peer}`,
      p50,
      { name: peer, value: median(discarded(peer)) },
      formatMicroseconds,
      limits[peer],
    );
  return {
    title: "Warm, authenticated GET /v1/users/me through the Lambda handler",
    note: "Users, sessions and signing key in the same process; token and profile are cached.",
    rows: [
      ...peers.map(toRow),
      toPeerRow(
        "p50, log to a pipe with a reader",
        median(piped("service")),
        { name: "fastify", value: median(piped("fastify")) },
        formatMicroseconds,
      ),
      toPeerRow(
        "p99",
        quantile(discarded("service"), 0.99),
        { name: "fastify", value: quantile(discarded("fastify"), 0.99) },
        formatMicroseconds,
      ),
    ],
  };
}
