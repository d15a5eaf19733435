import { toApiGatewayEvent } from "../scripts/aws/api-gateway-event.ts";
import { median } from "../scripts/sizing/statistics.ts";
import { functionEnvironment } from "./function-environment.ts";
import { runProcess } from "./process.ts";
import { bundleProgram, bundleProgramEagerly } from "./programs.ts";
import { formatMilliseconds, type Section, toRatioRow } from "./report.ts";

const runs = 20;

/** How long a fresh process takes to its first answer, beside the least and the most that it could take. */
export async function measureColdStart(): Promise<Section> {
  const folders = {
    service: await bundleProgram("service", "service/lambda.ts"),
    empty: await bundleProgram("empty-express", "bench/entries/empty-express.ts"),
    observed: await bundleProgram("empty-express-observed", "bench/entries/empty-express-observed.ts"),
    upFront: await bundleProgramEagerly("up-front"),
  };
  const event = toApiGatewayEvent({ path: "/health/live" });
  const environment = functionEnvironment("bench", "http://127.0.0.1:9");
  const times: Record<keyof typeof folders, number[]> = { service: [], empty: [], observed: [], upFront: [] };
  for (let run = 0; run < runs; run++) {
    for (const [name, folder] of Object.entries(folders)) {
      times[name as keyof typeof folders].push(
        await runProcess<number>("cold-start.cjs", { folder, event }, { environment }),
      );
    }
  }
  const [service, empty, upFront] = [median(times.service), median(times.empty), median(times.upFront)];
  const observed = median(times.observed);
  return {
    title: `Cold start to the first answer of /health/live, median of ${runs}`,
    rows: [
      { what: "the service", figure: formatMilliseconds(service) },
      { what: "an empty Express app", figure: formatMilliseconds(empty) },
      { what: "an empty Express app with metrics and tracing", figure: formatMilliseconds(observed) },
      { what: "the service in one file, everything up front", figure: formatMilliseconds(upFront) },
      toRatioRow("beside everything up front", service / upFront, 0.5),
      toRatioRow("beside an empty Express app", service / empty, 1.5, "aim"),
      toRatioRow("empty ones, with metrics and tracing beside without", observed / empty, 1.1, "aim"),
    ],
  };
}
