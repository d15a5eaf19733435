import { readFile } from "node:fs/promises";
import { parseJson } from "../../service/platform/parse-json.ts";
import { OperatorError } from "../cli/errors.ts";
import type { Invocation, Sample } from "./sizing.ts";

/** Group of the invocations whose route is not in the log. */
export const anyRoute = "all routes";

/**
 * Reads the invocations in a log, in Lambda's text or JSON format, or in the output of `aws logs`.
 * @throws {OperatorError} if the file cannot be read, or contains no invocation
 */
export async function readLogFile(path: string): Promise<Sample[]> {
  const text = await readFile(path, "utf8").catch((error: Error) => {
    throw new OperatorError("log-unreadable", {
      what: `The log ${path} is not readable.`,
      why: `${error.message}.`,
      action: "Name a file that contains REPORT lines.",
      cause: error,
    });
  });
  const samples = parseLog(text);
  if (samples.length > 0) return samples;
  throw new OperatorError("log-without-reports", {
    what: `The log ${path} contains no REPORT line.`,
    why: "A function that logs JSON writes them at the system log level INFO.",
    action: "Export a log: aws logs filter-log-events --log-group-name <group>",
  });
}

/**
 * Parses the invocations in a log. The route comes from the service's line with the same request id, or from the line before
 * it in the same log stream: a stream is one execution environment, which serves one request at a time.
 */
export function parseLog(text: string): Sample[] {
  const routes = new Map<string, string>();
  const latest = new Map<string, string>();
  return parseLines(text).flatMap(({ stream, line }) => {
    const request = toRequest(line);
    if (request) {
      routes.set(request.id, request.route);
      if (stream !== undefined) latest.set(stream, request.route);
      return [];
    }
    const invocation = toInvocation(line);
    if (!invocation) return [];
    const inStream = stream === undefined ? undefined : latest.get(stream);
    if (stream !== undefined) latest.delete(stream);
    return [{ group: routes.get(invocation.requestId) ?? inStream ?? anyRoute, ...invocation }];
  });
}

/** The invocation that a line of a log reports, if any. */
function toInvocation(line: unknown): Invocation | undefined {
  if (typeof line === "string") return parseReportLine(line);
  const { type, record } = line as { type?: string; record?: Parameters<typeof parsePlatformReport>[0] };
  return type === "platform.report" && record ? parsePlatformReport(record) : undefined;
}

/** The object in a line of JSON, or the text. */
function parseLine(line: string): unknown {
  const start = line.indexOf("{");
  if (start < 0) return line;
  // `aws logs tail` prefixes time and stream.
  return parseJson(line.slice(start)) ?? line;
}

/** An event as `aws logs` prints it. */
interface LogEvent {
  readonly message: string;
  readonly logStreamName?: string;
}

function parseLines(text: string): { readonly stream?: string | undefined; readonly line: unknown }[] {
  const whole = text.trimStart().startsWith("{") ? parseLine(text) : text;
  const { events } = whole as { events?: LogEvent[] };
  if (Array.isArray(events)) return events.map(toLogLine);
  return text.split("\n").map((line) => {
    const parsed = parseLine(line);
    return isEvent(parsed) ? toLogLine(parsed) : { line: parsed };
  });
}

const toLogLine = ({ message, logStreamName: stream }: LogEvent) => ({ line: parseLine(message), stream });

/** The service's own lines have a level, events do not. */
const isEvent = (line: unknown): line is LogEvent =>
  typeof line === "object" && line !== null && "message" in line && !("level" in line);

/** The request that a line of the service reports. */
function toRequest(line: unknown): { id: string; route: string } | undefined {
  if (typeof line !== "object" || line === null) return undefined;
  const { message, request_id, method, route } = line as Record<string, unknown>;
  return message === "request" ? { id: String(request_id), route: `${method} ${route}` } : undefined;
}

/** Excerpt of `platform.report`: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html */
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

/** Parses the record of a function that logs JSON. */
function parsePlatformReport({ requestId, status, metrics }: PlatformReport): Invocation {
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
 * Parses the line of a function that logs text. Tabs separate its fields; exports replace them with spaces. The fields of a
 * cold start, a snapshot, a failure or X-Ray come last.
 * @returns undefined for any other line
 */
export function parseReportLine(line: string): Invocation | undefined {
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
