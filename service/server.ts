import { createApp } from "./app.ts";
import { ConfigurationError, defaultLimits, defaultPasswords, defaultTokens } from "./config.ts";
import { localBackends } from "./local/backends.ts";
import { parseCommandLine } from "./local/command-line.ts";
import { withCompression } from "./local/compression.ts";
import { fileSystem } from "./local/data-folder.ts";
import { developmentOrigins } from "./local/development-origins.ts";
import { docsFiles } from "./local/docs-files.ts";
import { loadEnvironmentFile } from "./local/environment-file.ts";
import { close, createHttpServer, listen, toListenAddress } from "./local/http-server.ts";
import { localLogger } from "./local/log-format.ts";
import { withMailsPage } from "./local/mails-page.ts";
import { networkAddresses } from "./local/network-addresses.ts";
import { localSettings } from "./local/settings.ts";
import { endOnSignals } from "./local/shutdown.ts";
import { describeMail, startupBanner } from "./local/startup-banner.ts";
import { systemClock } from "./platform/clock.ts";
import { UnavailableError, withTimeout } from "./platform/deadline.ts";
import { createIndexes } from "./platform/indexes.ts";
import { Metrics } from "./platform/metrics.ts";
import { readSettings } from "./settings.ts";

/**
 * How long the server waits for requests in progress, and for backends to close, when it is stopped: together less than the 5 s after
 * which a developer believes that it hangs.
 */
const requestsLimitMilliseconds = 4_000;
const backendsLimitMilliseconds = 500;

try {
  await start();
} catch (error) {
  console.error(error instanceof ConfigurationError ? `\n${error.message}\n` : error);
  // Exiting waits for calls to the file system, and those to a network drive that is gone never return.
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof UnavailableError && cause.code === fileSystem) process.kill(process.pid, "SIGKILL");
  process.exit(1);
}

/** Starts the API on this machine, with the services that the environment configures. */
async function start(): Promise<void> {
  const { host } = parseCommandLine(process.argv.slice(2));
  loadEnvironmentFile();
  const settings = readSettings(localSettings, process.env);
  const metrics = new Metrics(systemClock);
  // With `json`, standard output has the log alone, for programs that read it.
  const print = settings.logFormat === "json" ? console.error : console.log;
  const local = await localBackends(process.env, metrics, (mail) => print(describeMail(mail)));
  await createIndexes(local.database.backend);

  const server = createHttpServer();
  const endpoints = await listen(server, toListenAddress(settings, host));
  const config = {
    // A phone and this machine both reach the network address; the localhost of a phone is the phone.
    apiUrl: endpoints.network[0] ?? endpoints.url,
    corsOrigins: developmentOrigins(networkAddresses("both")),
    apiKey: settings.apiKey,
    minimumAppVersion: settings.minimumAppVersion,
    passwords: defaultPasswords,
    tokens: defaultTokens,
    limits: defaultLimits,
    trustedProxies: 0,
    linkApp: { appleAppIds: settings.appleAppIds, androidCertificates: settings.androidCertificates },
    docs: { local: { ...docsFiles(), apiKey: settings.apiKey } },
  };
  const app = createApp({
    config,
    backends: local.backends,
    log: localLogger(settings.logFormat),
    // The format of Lambda has no paths.
    logsPath: settings.logFormat === "pretty",
    metrics,
    ownsClasses: true,
  });
  server.on("request", withCompression(withMailsPage(local.mailFolder, app)));
  endOnSignals(async () => {
    await close(server, requestsLimitMilliseconds);
    await withTimeout("closing the backends", backendsLimitMilliseconds, local.close()).catch(() => {});
  });
  print(startupBanner({ endpoints, apiUrl: config.apiUrl, apiKey: config.apiKey, local }));
}
