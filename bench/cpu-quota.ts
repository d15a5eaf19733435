import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A limit of the CPU time of processes that join it. */
export interface CpuQuota {
  /** A process joins by writing its id to this file. */
  readonly file: string;
  remove(): void;
}

const root = "/sys/fs/cgroup";

/** In microseconds. Short, so that no work of some milliseconds fits into one. */
const period = 20_000;

/**
 * Creates a control group of Linux with a share of one CPU: https://docs.kernel.org/scheduler/sched-bwc.html
 * @param share such as 0.58, as a function with 1,024 MB has: Lambda gives one CPU for each 1,769 MB
 * @returns undefined where this process may not create any
 */
export function createCpuQuota(share: number): CpuQuota | undefined {
  const quota = String(Math.round(share * period));
  const isFirstVersion = existsSync(join(root, "cpu", "cpu.cfs_quota_us"));
  const folder = join(root, isFirstVersion ? "cpu" : ".", `ecobeat-bench-${process.pid}`);
  const settings = isFirstVersion
    ? { "cpu.cfs_period_us": String(period), "cpu.cfs_quota_us": quota }
    : { "cpu.max": `${quota} ${period}` };
  try {
    mkdirSync(folder);
    for (const [name, value] of Object.entries(settings)) writeFileSync(join(folder, name), value);
  } catch {
    if (existsSync(folder)) rmdirSync(folder);
    return undefined;
  }
  return { file: join(folder, "cgroup.procs"), remove: () => rmdirSync(folder) };
}
