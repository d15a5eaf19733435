import { createApp } from "./app.ts";
import { ConfigurationError, defaultLimits, defaultPasswords, defaultTokens } from "./config.ts";
import { type LocalBackends, localBackends } from "./local/backends.ts";
import { docsFilesFolder } from "./local/docs-files.ts";
import { addressFrom, close, createHttpServer, listen } from "./local/http-server.ts";
import { createIndexes } from "./platform/indexes.ts";
import { jsonLogger } from "./platform/logging.ts";

/** Where the mobile app's development server runs its web version. */
const developmentOrigins = ["http://localhost:8081", "http://localhost:19006"];

/** What the app sends in development. It is no secret: in AWS every phone has one. */
const developmentApiKey = "development";

try {
  await start();
} catch (error) {
  console.error(error instanceof ConfigurationError ? `\n${error.message}\n` : error);
  process.exit(1);
}

/** Starts the API on this machine, on whatever parts the environment names. */
async function start(): Promise<void> {
  const log = jsonLogger();
  const address = addressFrom(process.env);
  const local = await localBackends(process.env);
  await createIndexes(local.database.part);

  const server = createHttpServer();
  const urls = await listen(server, address);
  const config = {
    apiUrl: urls[0],
    corsOrigins: developmentOrigins,
    apiKey: process.env.API_KEY || developmentApiKey,
    passwords: defaultPasswords,
    tokens: defaultTokens,
    limits: defaultLimits,
    trustedProxies: 0,
    docs: { filesFolder: docsFilesFolder() },
  };
  server.on("request", createApp({ config, backends: local.backends, log }));
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, async () => {
      await close(server);
      process.exit(0);
    });
  }
  greet(urls, config.apiKey, local);
}

function greet([url, ...network]: [string, ...string[]], apiKey: string, local: LocalBackends): void {
  const elsewhere = network.length > 0 ? `\n  on the network ${network.join(", ")}\n` : "";
  console.log(`
Ecobeat API on ${url}, ready after ${process.uptime().toFixed(1)} s
${elsewhere}
  database     ${local.database.description}
  sessions     ${local.sessions.description}
  signing key  ${local.signingKey.description}
  API key      ${apiKey}

Read and try it on ${url}/docs, or here:
  curl -s ${url}/health/ready
  curl -s ${url}/v1/auth/register -H 'x-api-key: ${apiKey}' -H 'content-type: application/json' \\
    -d '{"email":"ann-'$RANDOM'@example.com","password":"a long passphrase","name":"Ann"}'
`);
}
