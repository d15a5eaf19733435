import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDatabaseUri } from "../../scripts/drill/local-services.ts";
import { connectMongo } from "../../service/platform/mongo.ts";
import { createHttpClient } from "./client.ts";
import { type Server, startServer } from "./server.ts";
import { VirtualUser } from "./virtual-user.ts";

/** The local server on real services, with registered users. */
export interface PopulatedServer {
  server: Server;
  users: VirtualUser[];
  /** Stops the server and removes everything that it has stored. */
  remove(): Promise<void>;
}

const apiKey = "development";
const concurrentRegistrations = 4;

/** Starts the server on a new database and registers users. */
export async function startPopulatedServer(count: number): Promise<PopulatedServer> {
  const folder = await mkdtemp(join(tmpdir(), "ecobeat-load-"));
  const uri = createDatabaseUri(process.env.MONGODB_URI!, "bench");
  const server = await startServer({ ...process.env, MONGODB_URI: uri, ECOBEAT_DATA_DIR: folder, API_KEY: apiKey });
  const client = createHttpClient(server.url, apiKey);
  const users: VirtualUser[] = [];
  while (users.length < count) {
    const length = Math.min(concurrentRegistrations, count - users.length);
    users.push(...(await Promise.all(Array.from({ length }, () => VirtualUser.register(client.send)))));
  }
  return {
    server,
    users,
    async remove() {
      for (const user of users) await user.deleteAccount();
      client.close();
      await server.stop();
      await dropDatabase(uri);
      await rm(folder, { recursive: true });
    },
  };
}

/** Drops the database that a connection string names. */
export async function dropDatabase(uri: string): Promise<void> {
  const database = await connectMongo(uri);
  await database.dropDatabase();
  await database.client.close();
}
