import { toApiGatewayEvent } from "../scripts/aws/api-gateway-event.ts";
import { median } from "../scripts/sizing/statistics.ts";
import { bundleInProcessService, bundleUnobservedService, createRegistration } from "./in-process-service.ts";
import { runProcess } from "./process.ts";
import { formatMicroseconds, type Section, toRatioRow } from "./report.ts";

type Times = Record<"unobserved" | "measured" | "traced", number[]>;

/** The header of a sampled trace. */
const trace = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1";

/** How much metrics and traces add to the time of a request. */
export async function measureObservability(): Promise<Section> {
  const { read, refresh } = await runProcess<Record<"read" | "refresh", Times>>(
    "observability.cjs",
    {
      service: await bundleInProcessService(),
      unobserved: await bundleUnobservedService(),
      register: createRegistration(),
      read: toApiGatewayEvent({ path: "/v1/users/me" }),
      refresh: toApiGatewayEvent({ method: "POST", path: "/v1/auth/refresh", body: {} }),
      trace,
    },
    // Nothing listens there: the segments are lost, without an effect on the function.
    { environment: { AWS_XRAY_DAEMON_ADDRESS: "127.0.0.1:9", AWS_REGION: "eu-west-1" } },
  );
  const toRatio = (times: Times, mode: keyof Times) => median(times[mode]) / median(times.unobserved);
  return {
    title: "Metrics and traces, compared with neither",
    note: "A read from memory makes no call to trace; a refresh signs, and calls the session store.",
    rows: [
      { label: "read with neither, p50", value: formatMicroseconds(median(read.unobserved)) },
      toRatioRow("read with metrics", toRatio(read, "measured"), 1.05),
      toRatioRow("read with metrics, in a trace", toRatio(read, "traced"), 1.05),
      { label: "refresh with neither, p50", value: formatMicroseconds(median(refresh.unobserved)) },
      toRatioRow("refresh with metrics", toRatio(refresh, "measured"), 1.05),
      toRatioRow("refresh with metrics, in a trace", toRatio(refresh, "traced"), 1.25, "aim"),
    ],
  };
}
