import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createApp } from "../../service/app.ts";
import { cloudBackends } from "../../service/cloud/backends.ts";
import { defaultLimits, defaultPasswords, defaultTokens, required } from "../../service/config.ts";
import { type DeployedEnvironment, variables } from "../../service/contract.ts";
import { systemClock } from "../../service/platform/clock.ts";
import { jsonLogger } from "../../service/platform/logging.ts";
import { Metrics } from "../../service/platform/metrics.ts";
import { untraced } from "../../service/platform/tracing.ts";

// The service as Lambda runs it, with the dependencies that its parameters name, on a port instead of API Gateway's events.
const environment = required(process.env, variables.environment) as DeployedEnvironment;
const log = jsonLogger();
const metrics = new Metrics(systemClock);
const server = createServer(
  createApp({
    config: {
      apiUrl: required(process.env, variables.apiUrl),
      apiKey: required(process.env, "API_KEY"),
      corsOrigins: [],
      minimumAppVersion: "0.0.0",
      passwords: defaultPasswords,
      tokens: defaultTokens,
      limits: defaultLimits,
      trustedProxies: 0,
    },
    backends: cloudBackends(environment, { log, metrics, tracing: untraced }),
    log,
    metrics,
  }),
);
server.listen(0, "127.0.0.1");
await once(server, "listening");
process.send!((server.address() as AddressInfo).port);
// The service ends with the drill, also if that crashes.
process.once("disconnect", () => process.exit());
