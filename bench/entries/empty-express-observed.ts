import { XRay } from "../../service/cloud/x-ray.ts";
import { systemClock } from "../../service/platform/clock.ts";
import { Metrics } from "../../service/platform/metrics.ts";

export { handler } from "./empty-express.ts";

/** What `service/lambda.ts` makes at the start to measure and to trace. */
export const observers = [new Metrics(systemClock), new XRay(process.env)];
