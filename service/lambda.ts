import type { Context } from "aws-lambda";
import { createApp } from "./app.ts";
import { apiGatewayHandler, gatewayRemainingMilliseconds, gatewayRequestId } from "./cloud/api-gateway.ts";
import { cloudBackends } from "./cloud/backends.ts";
import { initializeFunction } from "./cloud/initialization.ts";
import { refuseEvent } from "./cloud/unsupported-events.ts";
import { XRay } from "./cloud/x-ray.ts";
import { defaultLimits, defaultPasswords, defaultTokens, type ServiceConfig } from "./config.ts";
import type { ErasureResult, MigrationResult, ServiceFunctionName } from "./contract.ts";
import { systemClock } from "./platform/clock.ts";
import { jsonLogger } from "./platform/logging.ts";
import { Metrics } from "./platform/metrics.ts";
import { limitNameResolution } from "./platform/name-resolution.ts";
import { logTlsConnections } from "./platform/tls-connections.ts";
import { functionSettings, readSettings } from "./settings.ts";

const { environment, docsPage, appleAppIds, androidCertificates, databaseName, cacheName, mailQueueUrl, ...settings } =
  readSettings(functionSettings, process.env);
const config: ServiceConfig = {
  ...settings,
  passwords: defaultPasswords,
  tokens: defaultTokens,
  limits: defaultLimits,
  // Not a name that the build chooses: the same sources must give the same archive.
  release: process.env.AWS_LAMBDA_FUNCTION_VERSION,
  linkApp: { appleAppIds, androidCertificates },
  ...(docsPage === "on" && { docs: {} }),
};
limitNameResolution(process.env);
const log = jsonLogger();
const metrics = new Metrics(systemClock);
logTlsConnections(log, systemClock);
const names = { databaseName, cacheName };
const backends = cloudBackends(environment, { log, metrics, tracing: new XRay(process.env), mailQueueUrl, names });

const app = createApp({
  config,
  backends,
  log,
  metrics,
  requestId: gatewayRequestId,
  remainingMilliseconds: gatewayRemainingMilliseconds,
  ownsClasses: true,
});

/** The Lambda function: handles an API Gateway REST proxy event. */
export const handler = apiGatewayHandler(app, log);

/** Called once, by the file with a function's handler: {@link initializeFunction}. */
export const initialize = (name: ServiceFunctionName): Promise<void> =>
  initializeFunction(() => app.prepare(name), process.env);

/** The function that an operator invokes before a release: creates the missing indexes, and migrates documents. In a preview, it also deletes the data. */
export const migrate = async (
  request?: unknown,
  context?: Partial<Context>,
): Promise<MigrationResult | ErasureResult | object> => {
  const { isMigrationRequest, migrateDatabase } = await import("./cloud/migration.ts");
  if (isMigrationRequest(request)) return migrateDatabase(environment, request ?? {}, databaseName);
  const { isErasureRequest, erasePreview } = await import("./cloud/preview-erasure.ts");
  if (databaseName && isErasureRequest(request)) return erasePreview(backends, request, databaseName);
  const supported = 'requests to migrate, such as {"dryRun":true}';
  return refuseEvent({ log, event: request, supported, requestId: context?.awsRequestId });
};
