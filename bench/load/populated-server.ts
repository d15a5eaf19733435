import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectMongo } from "../../service/platform/mongo.ts";
import { newDatabaseUri } from "../database.ts";
import { createHttpClient } from "./client.ts";
import { type Server, startServer } from "./server.ts";
import { VirtualUser } from "./virtual-user.ts";

/** Which of the variables that name the real services are not set. */
export const missingServices = (): string[] =>
  ["MONGODB_URI", "REDIS_URL", "AWS_ENDPOINT_URL"].filter((name) => !process.env[name]);

/** The local server on real services, and people who use it. */
export interface PopulatedServer {
  server: Server;
  phones: VirtualUser[];
  /** Ends the server and removes all that it has stored. */
  remove(): Promise<void>;
}

const apiKey = "development";
const registrationsAtOnce = 4;

/** Starts the server on a database of its own and registers people. */
export async function startPopulatedServer(people: number): Promise<PopulatedServer> {
  const folder = await mkdtemp(join(tmpdir(), "ecobeat-load-"));
  const uri = newDatabaseUri();
  const server = await startServer("load-server.ts", {
    ...process.env,
    MONGODB_URI: uri,
    ECOBEAT_DATA_DIR: folder,
    API_KEY: apiKey,
  });
  const client = createHttpClient(server.url, apiKey);
  const phones: VirtualUser[] = [];
  while (phones.length < people) {
    const count = Math.min(registrationsAtOnce, people - phones.length);
    phones.push(
      ...(await Promise.all(Array.from({ length: count }, () => VirtualUser.register(client.send)))),
    );
  }
  return {
    server,
    phones,
    async remove() {
      for (const phone of phones) await phone.deleteAccount();
      client.close();
      await server.stop();
      const database = await connectMongo(uri);
      await database.dropDatabase();
      await database.client.close();
      await rm(folder, { recursive: true });
    },
  };
}
