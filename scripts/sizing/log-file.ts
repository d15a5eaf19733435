import { readFile } from "node:fs/promises";
import { ConfigurationError } from "../../service/config.ts";
import { parseJson } from "../../service/platform/parse-json.ts";
import type { Invocation, Sample } from "./sizing.ts";

/** Invocations whose route the log does not tell. */
export const anyRoute = "all routes";

/**
 * The invocations that a log tells of, as text or as JSON: as Lambda writes it, or inside of what `aws logs` prints.
 * @throws {ConfigurationError} if the file cannot be read, or tells of none
 */
export async function readLogFile(path: string): Promise<Sample[]> {
  const text = await readFile(path, "utf8").catch((error: Error) => {
    throw new ConfigurationError(
      `The log ${path} cannot be read: ${error.message}. Name a file of REPORT lines.`,
      { cause: error },
    );
  });
  const samples = parseLog(text);
  if (samples.length > 0) return samples;
  throw new ConfigurationError(
    `The log ${path} holds no REPORT line, so there is nothing to measure. Export one with ` +
      "`aws logs filter-log-events --log-group-name <group>`; a function that logs JSON reports at the system log level INFO.",
  );
}

/**
 * The invocations in a log, each with its route if the log holds the service's line of the same request: it has the same
 * request id, or comes before in the same log stream. A stream is one execution environment, which answers one request at a time.
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
    return [{ group: routes.get(invocation.requestId) ?? inStream ?? anyRoute, invocation }];
  });
}

/** Reads what one line of a log, text or a JSON object, says of an invocation; undefined if nothing. */
function toInvocation(line: unknown): Invocation | undefined {
  if (typeof line === "string") return parseReportLine(line);
  const { type, record } = line as { type?: string; record?: Parameters<typeof parsePlatformReport>[0] };
  return type === "platform.report" && record ? parsePlatformReport(record) : undefined;
}

/** What a log holds as JSON is an object; what it holds as text stays text. */
function parseLine(line: string): unknown {
  const start = line.indexOf("{");
  if (start < 0) return line;
  // `aws logs tail` puts the time and the stream before it.
  return parseJson(line.slice(start)) ?? line;
}

interface LogLine {
  readonly stream?: string;
  readonly line: unknown;
}

/** An event as `aws logs` prints it. */
interface LogEvent {
  readonly message: string;
  readonly logStreamName?: string;
}

function parseLines(text: string): LogLine[] {
  const whole = text.trimStart().startsWith("{") ? parseLine(text) : text;
  const { events } = whole as { events?: LogEvent[] };
  if (Array.isArray(events)) return events.map(toLogLine);
  return text.split("\n").map((line) => {
    const parsed = parseLine(line);
    return isEvent(parsed) ? toLogLine(parsed) : { line: parsed };
  });
}

const toLogLine = ({ message, logStreamName }: LogEvent): LogLine => ({
  line: parseLine(message),
  ...(logStreamName !== undefined && { stream: logStreamName }),
});

/** The service's own lines have a level; events have none. */
const isEvent = (line: unknown): line is LogEvent =>
  typeof line === "object" && line !== null && "message" in line && !("level" in line);

/** The service's line of a request. */
function toRequest(line: unknown): { id: string; route: string } | undefined {
  if (typeof line !== "object" || line === null) return undefined;
  const { message, request_id, method, route } = line as Record<string, unknown>;
  return message === "request" ? { id: String(request_id), route: `${method} ${route}` } : undefined;
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
 * Reads the line of a function that logs text. Its fields are divided by tabs, which exports turn into blanks; what a cold
 * start, a snapshot, a failure or X-Ray add comes last.
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
