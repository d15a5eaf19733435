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
/** The same code is up to 10 % faster or slower from start to start: as much as the differences that are measured. */
const starts = 5;
const warmUpRounds = 2;
const rounds = 4;
const roundMs = 1_000;
const apiKey = "development";

/** A running server, with a registered user whose profile is read. */
interface Measured {
  server: Server;
  connections: Connections;
  /** Stops the server and removes everything that it has stored. */
  remove(): Promise<void>;
}

/** The rounds of all starts of a server. */
class Rounds {
  readonly perSecond: number[] = [];
  /** CPU time of each request, in milliseconds. */
  readonly cpu: number[] = [];

  /** @param isKept false while the process warms up */
  async measure({ server, connections }: Measured, isKept: boolean): Promise<void> {
    const before = await server.cpuTime();
    const startedAt = performance.now();
    const count = await connections.run(roundMs);
    const seconds = (performance.now() - startedAt) / 1000;
    const cpuMilliseconds = (await server.cpuTime()) - before;
    if (!isKept) return;
    this.perSecond.push(count / seconds);
    this.cpu.push(cpuMilliseconds / count);
  }
}

/**
 * Reads of the profile from the local server over connections that stay open, compared with Fastify on the same backends.
 * @param services variables of the services that replace embedded backends
 */
export async function measureLocalServer(services: NodeJS.ProcessEnv = {}): Promise<Section> {
  const [service, fastify] = [new Rounds(), new Rounds()];
  for (let count = 0; count < starts; count++) {
    const servers: Measured[] = [];
    try {
      for (const entry of ["load-server.ts", "peers/fastify-server.ts"]) servers.push(await start(entry, services));
      const [own, peer] = servers as [Measured, Measured];
      for (let round = -warmUpRounds; round < rounds; round++) {
        const turns = [() => service.measure(own, round >= 0), () => fastify.measure(peer, round >= 0)];
        for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
      }
    } finally {
      await Promise.all(servers.map((server) => server.remove()));
    }
  }
  return {
    title: `Local server on ${services.MONGODB_URI ? "MongoDB and Redis" : "embedded backends"}: GET /v1/users/me over ${connectionCount} connections`,
    note: `Each in a process of its own, taking turns of ${roundMs / 1000} s; medians of ${starts * rounds} in ${starts} starts. The log is discarded.`,
    rows: [
      toPeerRow(
        "requests per second",
        median(service.perSecond),
        { name: "fastify", value: median(fastify.perSecond) },
        (value) => value.toFixed(0),
        { atLeast: 0.95 },
      ),
      toPeerRow(
        "CPU time of a request",
        median(service.cpu),
        { name: "fastify", value: median(fastify.cpu) },
        formatMicroseconds,
        { atMost: 1.05 },
      ),
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
