import { toApiGatewayEvent } from "../scripts/aws/api-gateway-event.ts";
import { median } from "../scripts/sizing/statistics.ts";
import { runProcess } from "./process.ts";
import { bundleProgram } from "./programs.ts";
import { formatMicroseconds, type Section, toRatioRow } from "./report.ts";

type Ways = Record<"unobserved" | "measured" | "traced", number[]>;

/** A trace that X-Ray takes. */
const trace = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1";

/** What metrics and traces cost a request. */
export async function measureObservability(): Promise<Section> {
  const person = { email: "ann@example.com", password: "a long passphrase", name: "Ann" };
  const { read, refresh } = await runProcess<Record<"read" | "refresh", Ways>>(
    "observation.cjs",
    {
      service: await bundleProgram("service-in-process", "bench/entries/service-in-process.ts"),
      register: toApiGatewayEvent({ method: "POST", path: "/v1/auth/register", body: person }),
      read: toApiGatewayEvent({ path: "/v1/users/me" }),
      refresh: toApiGatewayEvent({ method: "POST", path: "/v1/auth/refresh", body: {} }),
      trace,
    },
    // Nobody listens: what is sent is gone, as it is for the function.
    { environment: { AWS_XRAY_DAEMON_ADDRESS: "127.0.0.1:9", AWS_REGION: "eu-west-1" } },
  );
  const beside = (times: Ways, way: keyof Ways) => median(times[way]) / median(times.unobserved);
  return {
    title: "Metrics and traces, beside the same without either",
    note: "A read from memory calls nothing that could be traced; a refresh signs, and asks the session store.",
    rows: [
      { what: "read without, p50", figure: formatMicroseconds(median(read.unobserved)) },
      toRatioRow("read with metrics", beside(read, "measured"), 1.05),
      toRatioRow("read with metrics, in a trace", beside(read, "traced"), 1.05),
      { what: "refresh without, p50", figure: formatMicroseconds(median(refresh.unobserved)) },
      toRatioRow("refresh with metrics", beside(refresh, "measured"), 1.05),
      toRatioRow("refresh with metrics, in a trace", beside(refresh, "traced"), 1.25, "aim"),
    ],
  };
}
