// Initialization, as Lambda's runtime does it, and the first request: the milliseconds, and those of CPU time, from the start of the
// process and of the request alone.
import { writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import harness from "./harness.cjs";

harness.run(async ({ file, event, status, pauseMs, quotaFile }) => {
  const { handler } = await import(file);
  if (pauseMs) await setTimeout(pauseMs);
  if (quotaFile) writeFileSync(quotaFile, String(process.pid));
  const [startedAt, cpuBefore] = [performance.now(), cpuTime()];
  await harness.call(handler, event, status);
  const [total, totalCpu] = [performance.now(), cpuTime()];
  return { total, totalCpu, request: total - startedAt, requestCpu: totalCpu - cpuBefore };
});

function cpuTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
