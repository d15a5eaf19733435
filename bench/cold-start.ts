import { apiGatewayEvent } from "../scripts/aws/api-gateway-event.ts";
import { median } from "../scripts/sizing/statistics.ts";
import { functionEnvironment } from "./function-environment.ts";
import { measure } from "./process.ts";
import { bundled, bundledUpFront } from "./programs.ts";
import { milliseconds, ratio, type Section } from "./report.ts";

const runs = 20;

/** How long a fresh process takes to its first answer, beside the least and the most that it could take. */
export async function coldStart(): Promise<Section> {
  const folders = {
    service: await bundled("service", "service/lambda.ts"),
    empty: await bundled("empty-express", "bench/entries/empty-express.ts"),
    observed: await bundled("empty-express-observed", "bench/entries/empty-express-observed.ts"),
    upFront: await bundledUpFront("up-front"),
  };
  const event = apiGatewayEvent({ path: "/health/live" });
  const environment = functionEnvironment("bench", "http://127.0.0.1:9");
  const times: Record<keyof typeof folders, number[]> = { service: [], empty: [], observed: [], upFront: [] };
  for (let run = 0; run < runs; run++) {
    for (const [name, folder] of Object.entries(folders)) {
      times[name as keyof typeof folders].push(
        await measure<number>("cold-start.cjs", { folder, event }, { environment }),
      );
    }
  }
  const [service, empty, upFront] = [median(times.service), median(times.empty), median(times.upFront)];
  const observed = median(times.observed);
  return {
    title: `Cold start to the first answer of /health/live, median of ${runs}`,
    rows: [
      { what: "the service", figure: milliseconds(service) },
      { what: "an empty Express app", figure: milliseconds(empty) },
      { what: "an empty Express app with metrics and tracing", figure: milliseconds(observed) },
      { what: "the service in one file, everything up front", figure: milliseconds(upFront) },
      ratio("beside everything up front", service / upFront, 0.5),
      ratio("beside an empty Express app", service / empty, 1.5, "aim"),
      ratio("empty ones, with metrics and tracing beside without", observed / empty, 1.1, "aim"),
    ],
  };
}
