import { XRay } from "../../../service/cloud/x-ray.ts";
import { systemClock } from "../../../service/platform/clock.ts";
import { jsonLogger } from "../../../service/platform/logging.ts";
import { Metrics } from "../../../service/platform/metrics.ts";
import { createBackends, createHandler, inProcessConfig } from "../in-process-handler.ts";
import { createProfileWork } from "./profile.ts";

const metrics = new Metrics(systemClock);
const tracing = new XRay(process.env);
const backends = createBackends(tracing);

/** The work of the profile on the backends of {@link register}. */
export const work = createProfileWork(backends, inProcessConfig, jsonLogger(), metrics);

/** The service, which registers the user of the measurement. */
export const register = createHandler(tracing, metrics, backends);
