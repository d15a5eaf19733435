import { toApiGatewayEvent } from "../scripts/aws/api-gateway-event.ts";
import { median, quantile } from "../scripts/sizing/statistics.ts";
import { bundleEmptyExpress, bundleInProcessService, createRegistration } from "./in-process-service.ts";
import { runProcess } from "./process.ts";
import { formatMicroseconds, type Section, toRatioRow } from "./report.ts";

/** The time of an authenticated read in a warm process, compared with an empty route. */
export async function measureWarmRequest(): Promise<Section> {
  const input = {
    service: await bundleInProcessService(),
    empty: await bundleEmptyExpress(),
    register: createRegistration(),
    read: toApiGatewayEvent({
      path: "/v1/users/me",
      headers: { Accept: "application/json", "User-Agent": "ecobeat/1.0", "X-Forwarded-For": "192.0.2.1" },
    }),
  };
  const run = (output: "ignore" | "pipe") =>
    runProcess<Record<"service" | "empty", number[]>>("warm-request.cjs", input, { output });
  const { service, empty } = await run("ignore");
  const piped = await run("pipe");
  return {
    title: "Warm, authenticated GET /v1/users/me through the Lambda handler",
    note: "Users, sessions and signing key in the same process; token and profile are cached.",
    rows: [
      { label: "the service, p50", value: formatMicroseconds(median(service)) },
      { label: "an empty Express route, p50", value: formatMicroseconds(median(empty)) },
      toRatioRow("service / empty route, p50, log to /dev/null", median(service) / median(empty), 1.3),
      {
        label: "the same, log to a pipe with a reader",
        value: `${(median(piped.service) / median(piped.empty)).toFixed(2)} x`,
      },
      { label: "the service, p99", value: formatMicroseconds(quantile(service, 0.99)) },
      { label: "an empty Express route, p99", value: formatMicroseconds(quantile(empty, 0.99)) },
    ],
  };
}
