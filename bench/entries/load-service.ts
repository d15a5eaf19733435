import { createApp } from "../../service/app.ts";
import { localBackends } from "../../service/local/backends.ts";
import { withCompression } from "../../service/local/compression.ts";
import { createHttpServer, listen } from "../../service/local/http-server.ts";
import { systemClock } from "../../service/platform/clock.ts";
import { createIndexes } from "../../service/platform/indexes.ts";
import { jsonLogger } from "../../service/platform/logging.ts";
import { Metrics } from "../../service/platform/metrics.ts";
import { benchConfig } from "./config.ts";

/**
 * Starts the server of `service/server.ts` on a free port, with limits that the load does not reach.
 * @param ownsClasses as in {@link createApp}; false next to another framework
 */
export async function startLoadService(ownsClasses: boolean) {
  const metrics = new Metrics(systemClock);
  const local = await localBackends(process.env, metrics);
  await createIndexes(local.database.backend);
  const server = createHttpServer();
  const { url } = await listen(server, { host: "127.0.0.1", port: 0 });
  const config = { ...benchConfig, apiUrl: url, apiKey: process.env.API_KEY! };
  const log = jsonLogger();
  const { backends } = local;
  server.on("request", withCompression(createApp({ config, backends, log, metrics, ownsClasses })));
  return { url, config, backends, log, metrics };
}
