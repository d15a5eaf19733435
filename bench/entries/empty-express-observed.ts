import { XRay } from "../../service/cloud/x-ray.ts";
import { systemClock } from "../../service/platform/clock.ts";
import { Metrics } from "../../service/platform/metrics.ts";

export { handler } from "./empty-express.ts";

/** The metrics and tracing that `service/lambda.ts` creates at the start. */
export const observers = [new Metrics(systemClock), new XRay(process.env)];
