import { createApp } from "./app.ts";
import { apiGatewayHandler, gatewayRequestId } from "./cloud/api-gateway.ts";
import { cloudBackends } from "./cloud/backends.ts";
import { XRay } from "./cloud/x-ray.ts";
import { defaultLimits, defaultPasswords, defaultTokens, required, type ServiceConfig } from "./config.ts";
import {
  type DeployedEnvironment,
  type MigrationRequest,
  type MigrationResult,
  variables,
} from "./contract.ts";
import { systemClock } from "./platform/clock.ts";
import { jsonLogger } from "./platform/logging.ts";
import { Metrics } from "./platform/metrics.ts";

const config: ServiceConfig = {
  apiUrl: required(process.env, variables.apiUrl),
  corsOrigins: required(process.env, variables.corsOrigins).split(","),
  minimumAppVersion: required(process.env, variables.minimumAppVersion),
  passwords: defaultPasswords,
  tokens: defaultTokens,
  limits: defaultLimits,
  trustedProxies: Number(required(process.env, variables.trustedProxies)),
  ...(process.env[variables.docsPage] === "on" && { docs: {} }),
};
const environment = required(process.env, variables.environment) as DeployedEnvironment;
const log = jsonLogger();
const metrics = new Metrics(systemClock);
const backends = cloudBackends(environment, { log, metrics, tracing: new XRay(process.env) });

/** The Lambda function: answers an API Gateway REST proxy event. */
export const handler = apiGatewayHandler(
  createApp({ config, backends, log, metrics, requestId: gatewayRequestId }),
);

/** The function that an operator calls before a release: creates the indexes that the database lacks. */
export const migrate = async (request?: MigrationRequest): Promise<MigrationResult> =>
  (await import("./cloud/migration.ts")).migrateDatabase(environment, request);
