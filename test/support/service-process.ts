import { createServer } from "node:http";
import { createApp } from "../../service/app.ts";
import { cloudBackends } from "../../service/cloud/backends.ts";
import { variables } from "../../service/contract.ts";
import { jsonLogger } from "../../service/platform/logging.ts";
import { Metrics } from "../../service/platform/metrics.ts";
import { defaultTimeouts } from "../../service/platform/timeouts.ts";
import { untraced } from "../../service/platform/tracing.ts";
import { listen } from "./listen.ts";
import { testConfig } from "./service.ts";

// The service as Lambda runs it, on a port, for tests that freeze its process. Its argument replaces timeouts. A message moves its
// clock by as many milliseconds.
const timeouts = { ...defaultTimeouts, ...JSON.parse(process.argv[2]!) };
let offset = 0;
const clock = () => Date.now() + offset;
process.on("message", (milliseconds: number) => {
  offset += milliseconds;
  process.send!("moved");
});
const log = jsonLogger();
const metrics = new Metrics(clock);
const mailQueueUrl = process.env[variables.mailQueueUrl];
const backends = cloudBackends("staging", { log, metrics, tracing: untraced, timeouts, clock, mailQueueUrl });
const server = createServer(createApp({ config: testConfig, backends, log, metrics, clock, timeouts }));
process.send!(await listen(server));
process.once("disconnect", () => process.exit());
