import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { entries } from "../scripts/build/entries.ts";
import { median } from "../scripts/sizing/statistics.ts";
import { createCpuQuota } from "./cpu-quota.ts";
import { type Deployment, deployService } from "./deployed-service.ts";
import { createLogin, createRegistration } from "./in-process-service.ts";
import { runProcess } from "./process.ts";
import { bundleProgram } from "./programs.ts";
import { formatMilliseconds, type Row, type Section, toLimitRow, toPeerRow } from "./report.ts";

/** Below the limit of logins to one account. */
const runs = 20;

/** The share of a CPU that a function with 1,024 MB has, as in production: Lambda gives one for each 1,769 MB. */
const cpuShare = 0.58;

/** In milliseconds. */
type Measured = Record<"total" | "totalCpu" | "request" | "requestCpu", number>;

/** How a process is started, and what is done before its first login. */
interface Start {
  type: "on-demand" | "provisioned-concurrency";
  /** Before the first login. */
  pauseMs?: number;
  /** Limits the first login. */
  quotaFile?: string;
}

/** The first login of a process on the real services: of the function, and written by hand with the same clients. */
export async function measureFirstLogin(): Promise<Section> {
  const deployment = await deployService();
  const quota = createCpuQuota(cpuShare);
  try {
    const cold = await measure(deployment, { type: "on-demand" });
    // Until nothing is left to do.
    const provisioned = { type: "provisioned-concurrency", pauseMs: 300 } as const;
    const prepared = await measure(deployment, provisioned);
    const throttled = quota && (await measure(deployment, { ...provisioned, quotaFile: quota.file }));
    return {
      title: `First login, median of ${runs}`,
      ...(!quota && { note: "This process cannot limit the CPU time of others, so nothing is measured with less." }),
      rows: [
        toRow("cold, from the start of the process", cold("total"), 1.05),
        toRow("cold, CPU time", cold("totalCpu")),
        ...toRows("after initialization", prepared("request"), 80),
        toRow("after initialization, CPU time", prepared("requestCpu")),
        ...(throttled ? toRows(`after initialization, with ${cpuShare} CPUs`, throttled("request"), 130) : []),
      ],
    };
  } finally {
    quota?.remove();
    await deployment.remove();
  }
}

interface Medians {
  service: number;
  byHand: number;
}

async function measure(
  { environment }: Deployment,
  { type, ...start }: Start,
): Promise<(name: keyof Measured) => Medians> {
  const folder = await bundleProgram(entries.service);
  const files = {
    service: join(folder, "auth.mjs"),
    // With the complete packages.
    byHand: join(await bundleProgram("bench/entries/minimal-login.ts", []), "index.js"),
  };
  const run = (file: string, input: object) =>
    runProcess<Measured>(
      "first-request.mjs",
      { file, ...input },
      { environment: { ...environment, AWS_LAMBDA_INITIALIZATION_TYPE: type } },
    );
  const email = `${randomUUID()}@example.com`;
  await run(join(folder, "index.js"), { event: createRegistration(email), status: 201 });
  const measured: Record<keyof Medians, Measured[]> = { service: [], byHand: [] };
  for (let round = 0; round < runs; round++) {
    for (const name of ["service", "byHand"] as const) {
      measured[name].push(await run(files[name], { event: createLogin(email), ...start }));
    }
  }
  return (name) => ({
    service: median(measured.service.map((each) => each[name])),
    byHand: median(measured.byHand.map((each) => each[name])),
  });
}

const toRow = (label: string, { service, byHand }: Medians, atMost?: number): Row =>
  toPeerRow(label, service, { name: "by hand", value: byHand }, formatMilliseconds, atMost ? { atMost } : undefined);

const toRows = (label: string, medians: Medians, limitMs: number): Row[] => [
  toRow(label, medians),
  toLimitRow(`${label}, in all`, medians.service, limitMs, formatMilliseconds),
];
