/** What Lambda says of one invocation. */
export interface Invocation {
  readonly requestId: string;
  readonly durationMs: number;
  readonly billedMs: number;
  readonly memoryMb: number;
  /** The most that the execution environment has used so far. */
  readonly usedMb: number;
  /** How long the cold start took, or the restore of a snapshot. @default the environment was warm */
  readonly initMs?: number;
  readonly failed: boolean;
}

/** The part of `platform.report` that is of interest: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html */
interface PlatformReport {
  readonly requestId: string;
  readonly status?: string;
  readonly metrics: {
    readonly durationMs: number;
    readonly billedDurationMs: number;
    readonly memorySizeMB: number;
    readonly maxMemoryUsedMB: number;
    readonly initDurationMs?: number;
    readonly restoreDurationMs?: number;
  };
}

/** Reads the record of a function that logs JSON. */
export function readPlatformReport({ requestId, status, metrics }: PlatformReport): Invocation {
  const initMs = metrics.initDurationMs ?? metrics.restoreDurationMs;
  return {
    requestId,
    durationMs: metrics.durationMs,
    billedMs: metrics.billedDurationMs,
    memoryMb: metrics.memorySizeMB,
    usedMb: metrics.maxMemoryUsedMB,
    ...(initMs !== undefined && { initMs }),
    failed: (status ?? "success") !== "success",
  };
}

/**
 * Reads the line of a function that logs text. Its fields are divided by tabs, which exports turn into blanks; what a cold
 * start, a snapshot, a failure or X-Ray add comes last.
 * @returns undefined for any other line
 */
export function readReportLine(line: string): Invocation | undefined {
  const start =
    /REPORT RequestId: (\S+)\s+Duration: ([\d.]+) ms\s+Billed Duration: ([\d.]+) ms\s+Memory Size: (\d+) MB\s+Max Memory Used: (\d+) MB/;
  const found = start.exec(line);
  if (!found) return undefined;
  const [requestId, durationMs, billedMs, memoryMb, usedMb] = found.slice(1) as [string, ...string[]];
  const initMs = /(?<!Billed )(?:Init|Restore) Duration: ([\d.]+) ms/.exec(line)?.[1];
  return {
    requestId,
    durationMs: Number(durationMs),
    billedMs: Number(billedMs),
    memoryMb: Number(memoryMb),
    usedMb: Number(usedMb),
    ...(initMs !== undefined && { initMs: Number(initMs) }),
    failed: /\bStatus: (?!success)/.test(line),
  };
}
