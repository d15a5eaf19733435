import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDatabaseUri } from "../scripts/drill/local-services.ts";
import { median } from "../scripts/sizing/statistics.ts";
import { createHttpClient } from "./load/client.ts";
import { Connections } from "./load/connections.ts";
import { dropDatabase } from "./load/populated-server.ts";
import { type Server, startServer } from "./load/server.ts";
import { formatMicroseconds, type Section, toPeerRow } from "./report.ts";

const connectionCount = 32;
const warmUpRounds = 4;
const rounds = 16;
const roundMs = 1_000;
const apiKey = "development";

/** A running server, with a registered user whose profile is read. */
interface Measured {
  server: Server;
  connections: Connections;
  perSecond: number[];
  /** CPU time of each request, in milliseconds. */
  cpu: number[];
  /** Stops the server and removes everything that it has stored. */
  remove(): Promise<void>;
}

/**
 * Reads of the profile from the local server over connections that stay open, compared with Fastify on the same backends.
 * @param services variables of the services that replace embedded backends
 */
export async function measureLocalServer(services: NodeJS.ProcessEnv = {}): Promise<Section> {
  const service = await start("load-server.ts", services);
  const fastify = await start("peers/fastify-server.ts", services);
  try {
    for (let round = 0; round < warmUpRounds + rounds; round++) {
      for (const measured of round % 2 === 0 ? [service, fastify] : [fastify, service]) {
        const before = await measured.server.cpuTime();
        const startedAt = performance.now();
        const count = await measured.connections.run(roundMs);
        const seconds = (performance.now() - startedAt) / 1000;
        const cpuMilliseconds = (await measured.server.cpuTime()) - before;
        if (round < warmUpRounds) continue;
        measured.perSecond.push(count / seconds);
        measured.cpu.push(cpuMilliseconds / count);
      }
    }
  } finally {
    await Promise.all([service.remove(), fastify.remove()]);
  }
  const [rate, cpu] = [median(fastify.perSecond), median(fastify.cpu)];
  return {
    title: `Local server on ${services.MONGODB_URI ? "MongoDB and Redis" : "embedded backends"}: GET /v1/users/me over ${connectionCount} connections`,
    note: `Each in a process of its own, taking turns of ${roundMs / 1000} s; medians of ${rounds}. The log is discarded.`,
    rows: [
      toPeerRow(
        "requests per second",
        median(service.perSecond),
        { name: "fastify", value: rate },
        (value) => value.toFixed(0),
        { atLeast: 0.95 },
      ),
      toPeerRow("CPU time of a request", median(service.cpu), { name: "fastify", value: cpu }, formatMicroseconds, {
        atMost: 1.05,
      }),
    ],
  };
}

async function start(entry: string, { MONGODB_URI, ...services }: NodeJS.ProcessEnv): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), "ecobeat-local-server-"));
  const uri = MONGODB_URI && createDatabaseUri(MONGODB_URI, "bench");
  const own = { PATH: process.env.PATH, ECOBEAT_DATA_DIR: folder, API_KEY: apiKey, ...(uri && { MONGODB_URI: uri }) };
  const server = await startServer({ ...own, ...services }, entry);
  const client = createHttpClient(server.serviceUrl, apiKey);
  const account = { email: "ann@example.com", password: "a long passphrase", name: "Ann" };
  const { body } = await client.send("POST", "/v1/auth/register", { body: account });
  const token: string = body.access_token;
  const headers = { Accept: "application/json", Authorization: `Bearer ${token}`, "X-Api-Key": apiKey };
  const connections = new Connections(connectionCount, new URL(server.url), "/v1/users/me", headers);
  return {
    server,
    connections,
    perSecond: [],
    cpu: [],
    async remove() {
      connections.close();
      await client.send("DELETE", "/v1/users/me", { token });
      client.close();
      await server.stop();
      if (uri) await dropDatabase(uri);
      await rm(folder, { recursive: true });
    },
  };
}
