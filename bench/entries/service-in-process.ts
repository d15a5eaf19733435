import { XRay } from "../../service/cloud/x-ray.ts";
import { systemClock } from "../../service/platform/clock.ts";
import { Metrics } from "../../service/platform/metrics.ts";
import { createHandler } from "./in-process-handler.ts";

export { makeOutdated, signingKey, storedHash, verify } from "./in-process-handler.ts";

export const handler = createHandler(new XRay(process.env), new Metrics(systemClock));
