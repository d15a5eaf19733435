import { createApp } from "./app.ts";
import { ConfigurationError, defaultLimits, defaultPasswords, defaultTokens } from "./config.ts";
import { type LocalBackends, localBackends } from "./local/backends.ts";
import { addressFrom, close, createHttpServer, listen } from "./local/http-server.ts";
import { localLogger, logFormatFrom } from "./local/log-format.ts";
import { createIndexes } from "./platform/indexes.ts";

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
  const format = logFormatFrom(process.env);
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
  };
  server.on("request", createApp({ config, backends: local.backends, log: localLogger(format) }));
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, async () => {
      await close(server);
      process.exit(0);
    });
  }
  // With `json`, standard output holds the log alone, for programs that read it.
  const say = format === "json" ? console.error : console.log;
  say(greeting(urls, config.apiKey, local));
}

function greeting([url, ...network]: [string, ...string[]], apiKey: string, local: LocalBackends): string {
  const elsewhere = network.length > 0 ? `\n  on the network ${network.join(", ")}\n` : "";
  return `
Ecobeat API on ${url}, ready after ${process.uptime().toFixed(1)} s
${elsewhere}
  database     ${local.database.description}
  sessions     ${local.sessions.description}
  signing key  ${local.signingKey.description}
  API key      ${apiKey}

Try it:
  curl -s ${url}/health/ready
  curl -s ${url}/v1/auth/register -H 'x-api-key: ${apiKey}' -H 'content-type: application/json' \\
    -d '{"email":"ann-'$RANDOM'@example.com","password":"a long passphrase","name":"Ann"}'
`;
}
