import { cloudBackends } from "../cloud/backends.ts";
import { XRay } from "../cloud/x-ray.ts";
import { systemClock } from "../platform/clock.ts";
import type { Logger } from "../platform/logging.ts";
import { Metrics } from "../platform/metrics.ts";
import { readSettings, supportSettings } from "../settings.ts";
import { supportHandler } from "./handler.ts";

/**
 * The handler of the support function upon the backends in AWS.
 * @throws {ConfigurationError} for a variable that is not set
 */
export function createSupportFunction(log: Logger): ReturnType<typeof supportHandler> {
  const { environment, apiUrl, mailQueueUrl } = readSettings(supportSettings, process.env);
  const metrics = new Metrics(systemClock);
  const backends = cloudBackends(environment, { log, metrics, tracing: new XRay(process.env), mailQueueUrl });
  return supportHandler({ backends, apiUrl, log, metrics });
}
