import { toApiGatewayEvent } from "../scripts/aws/api-gateway-event.ts";
import { median } from "../scripts/sizing/statistics.ts";
import { functionEnvironment } from "./function-environment.ts";
import { bundleEmptyExpress } from "./in-process-service.ts";
import { runProcess } from "./process.ts";
import { bundleProgram, bundleProgramEagerly } from "./programs.ts";
import { formatMilliseconds, type Section, toRatioRow } from "./report.ts";

const runs = 20;

/** The time from a new process to its first response, compared with the least and the most that it could take. */
export async function measureColdStart(): Promise<Section> {
  const folders = {
    service: await bundleProgram("service/lambda.ts"),
    empty: await bundleEmptyExpress(),
    observed: await bundleProgram("bench/entries/empty-express-observed.ts"),
    eager: await bundleProgramEagerly(),
  };
  type Name = keyof typeof folders;
  const event = toApiGatewayEvent({ path: "/health/live" });
  const environment = functionEnvironment("bench", "http://127.0.0.1:9");
  const times: Record<Name, number[]> = { service: [], empty: [], observed: [], eager: [] };
  for (let run = 0; run < runs; run++) {
    for (const [name, folder] of Object.entries(folders) as [Name, string][]) {
      times[name].push(await runProcess<number>("cold-start.cjs", { folder, event }, { environment }));
    }
  }
  const [service, empty] = [median(times.service), median(times.empty)];
  const [observed, eager] = [median(times.observed), median(times.eager)];
  return {
    title: `Cold start to the first response of /health/live, median of ${runs}`,
    rows: [
      { label: "the service", value: formatMilliseconds(service) },
      { label: "an empty Express app", value: formatMilliseconds(empty) },
      { label: "an empty Express app with metrics and tracing", value: formatMilliseconds(observed) },
      { label: "the service in one file that loads everything at the start", value: formatMilliseconds(eager) },
      toRatioRow("service / one file", service / eager, 0.5),
      toRatioRow("service / empty app", service / empty, 1.5, "aim"),
      toRatioRow("empty app with metrics and tracing / without", observed / empty, 1.1, "aim"),
    ],
  };
}
