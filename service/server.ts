import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createApp } from "./app.ts";
import { ConfigurationError, defaultPasswords, defaultTokens } from "./config.ts";
import { type LocalBackends, localBackends } from "./local/backends.ts";
import { createIndexes } from "./platform/indexes.ts";
import { jsonLogger } from "./platform/logging.ts";

const defaultPort = 3001;

/** Where the mobile app's development server runs its web version. */
const developmentOrigins = ["http://localhost:8081", "http://localhost:19006"];

try {
  await start();
} catch (error) {
  console.error(error instanceof ConfigurationError ? `\n${error.message}\n` : error);
  process.exit(1);
}

/** Starts the API on this machine, on whatever parts the environment names. */
async function start(): Promise<void> {
  const log = jsonLogger();
  const port = portFrom(process.env.PORT);
  const local = await localBackends(process.env);
  await createIndexes(local.database.part);

  const server = createServer();
  const address = await listen(server, port);
  const apiUrl = `http://localhost:${address.port}`;
  const config = {
    apiUrl,
    corsOrigins: developmentOrigins,
    passwords: defaultPasswords,
    tokens: defaultTokens,
  };
  server.on("request", createApp({ config, backends: local.backends, log }));
  greet(apiUrl, local);

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      // Requests under way get their answer; then nothing is left to wait for.
      server.close(() => process.exit(0));
      server.closeIdleConnections();
    });
  }
}

function portFrom(value: string | undefined): number {
  const port = Number(value ?? defaultPort);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  throw new ConfigurationError(
    `PORT is "${value}", which is no port. Set it to a number from 0 to 65535, or unset it.`,
  );
}

async function listen(server: Server, port: number): Promise<AddressInfo> {
  server.listen(port, "localhost");
  try {
    await once(server, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new ConfigurationError(
      `Port ${port} is in use by another process. End it, or choose another port: PORT=3002 npm start`,
    );
  }
  return server.address() as AddressInfo;
}

function greet(url: string, { database, sessions, signingKey }: LocalBackends): void {
  console.log(`
Ecobeat API on ${url}, ready after ${process.uptime().toFixed(1)} s

  database     ${database.description}
  sessions     ${sessions.description}
  signing key  ${signingKey.description}

Try it:
  curl -s ${url}/health/ready
  curl -s ${url}/v1/auth/register -H 'content-type: application/json' \\
    -d '{"email":"ann-'$RANDOM'@example.com","password":"a long passphrase","name":"Ann"}'
`);
}
