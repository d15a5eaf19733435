import { systemClock } from "../../service/platform/clock.ts";
import { Metrics } from "../../service/platform/metrics.ts";
import { untraced } from "../../service/platform/tracing.ts";
import { createHandler } from "./in-process-handler.ts";

/** Measures nothing. */
class NoMetrics extends Metrics {
  override count() {}
  override time<T>(_name: string, work: () => Promise<T>) {
    return work();
  }
  override cache() {}
  override flush() {
    return undefined;
  }
}

/** Without metrics and traces. A bundle of its own, since an app owns the classes of its requests. */
export const handler = createHandler(untraced, new NoMetrics(systemClock));
