import { createApp } from "../../service/app.ts";
import { localBackends } from "../../service/local/backends.ts";
import { withCompression } from "../../service/local/compression.ts";
import { createHttpServer, listen } from "../../service/local/http-server.ts";
import { systemClock } from "../../service/platform/clock.ts";
import { createIndexes } from "../../service/platform/indexes.ts";
import { jsonLogger } from "../../service/platform/logging.ts";
import { Metrics } from "../../service/platform/metrics.ts";
import { benchConfig } from "./config.ts";
import { reportUsageTo } from "./usage.ts";

/** The server of `service/server.ts` on a free port, with limits that the load does not reach. */
const metrics = new Metrics(systemClock);
const local = await localBackends(process.env, metrics);
await createIndexes(local.database.backend);
const server = createHttpServer();
const { url } = await listen(server, { host: "127.0.0.1", port: 0 });
const config = { ...benchConfig, apiUrl: url, apiKey: process.env.API_KEY! };
const app = createApp({ config, backends: local.backends, log: jsonLogger(), metrics, ownsClasses: true });
server.on("request", withCompression(app));
reportUsageTo(process, url);
