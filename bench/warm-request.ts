import { toApiGatewayEvent } from "../scripts/aws/api-gateway-event.ts";
import { median, quantile } from "../scripts/sizing/statistics.ts";
import { runProcess } from "./process.ts";
import { bundleProgram } from "./programs.ts";
import { formatMicroseconds, type Section, toRatioRow } from "./report.ts";

/** What an authenticated read costs in a warm process, beside an empty route. */
export async function measureWarmRequest(): Promise<Section> {
  const person = { email: "ann@example.com", password: "a long passphrase", name: "Ann" };
  const input = {
    service: await bundleProgram("service-in-process", "bench/entries/service-in-process.ts"),
    empty: await bundleProgram("empty-express", "bench/entries/empty-express.ts"),
    register: toApiGatewayEvent({ method: "POST", path: "/v1/auth/register", body: person }),
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
    note: "Users, sessions and signing key in this process; the token and the profile known from earlier requests.",
    rows: [
      { what: "the service, p50", figure: formatMicroseconds(median(service)) },
      { what: "an empty Express route, p50", figure: formatMicroseconds(median(empty)) },
      toRatioRow("p50 beside the empty route, log to /dev/null", median(service) / median(empty), 1.3),
      {
        what: "the same, log into a pipe that is read",
        figure: `${(median(piped.service) / median(piped.empty)).toFixed(2)} x`,
      },
      { what: "the service, p99", figure: formatMicroseconds(quantile(service, 0.99)) },
      { what: "an empty Express route, p99", figure: formatMicroseconds(quantile(empty, 0.99)) },
    ],
  };
}
