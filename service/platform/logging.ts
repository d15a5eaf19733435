import { fingerprint } from "./fingerprint.ts";

/** Severity of a log line. */
export type Level = "info" | "warn" | "error";

/** Fields of a log line other than its time, level and message. `undefined` is omitted. */
export type Fields = Record<string, unknown>;

/**
 * Writes one JSON object per line, and never throws: event handlers write lines, too. A line of level `error` gets the
 * fingerprint of its `cause`, by which errors are counted.
 */
export interface Logger {
  write(level: Level, message: string, fields?: Fields): void;
}

/**
 * Names whose values never reach a log. This is the second line of defence. The first is not to pass them, the third is the
 * data protection of CloudWatch.
 */
const secretNames = /password|secret|token|pepper|authorization|cookie|api.?key|e.?mail|private.?key/i;

// Bounded repetition: an endless line without an @ must not cost quadratic time.
const emailAddress = /[^\s@"'<>]{1,64}@[^\s@"'<>]{1,255}/g;
const jwt = /\beyJ[\w-]{1,2048}\.[\w-]{1,4096}(\.[\w-]{0,1024})?/g;
// A password follows the colon. It may contain a slash or an @ that should have been encoded.
const urlCredentials = /:\/\/([^/@\s:]{0,512}:\S{1,1024}|[^/@\s]{1,512})@/g;
const secretParameters = new RegExp(`((?:${secretNames.source})[\\w.-]{0,32}=)[^&\\s"'<>]{1,1024}`, "gi");

/** Part of every match of the patterns above. Few texts contain it, and testing for it costs a tenth of the patterns. */
const suspicious = /[@=]|eyJ/;

/** Redacts e-mail addresses, tokens and credentials in free text, such as a driver's error message. */
export function redactText(text: string): string {
  if (!suspicious.test(text)) return text;
  return text
    .replace(urlCredentials, "://[redacted] at ")
    .replace(secretParameters, "$1[redacted]")
    .replace(jwt, "[token]")
    .replace(emailAddress, "[e-mail]");
}

/** Deep enough for a chain of causes. */
const maxDepth = 8;

/** A value that JSON can represent, without secrets. `above` are the objects that contain it. */
function loggable(key: string, value: unknown, above: object[]): unknown {
  if (secretNames.test(key)) return "[redacted]";
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value === "function") return undefined;
  if (typeof value !== "object" || value === null) return value;
  if (above.includes(value)) return "[circular]";
  if (above.length === maxDepth) return "[too deep]";
  const path = [...above, value];
  if ("toJSON" in value && typeof value.toJSON === "function") return loggable(key, value.toJSON(key), path);
  if (Array.isArray(value)) return value.map((item) => loggable("", item, path));
  if (!(value instanceof Error)) return copyLoggable(value, {}, path);
  const { name, message, stack, cause } = value;
  const { errors } = value as Partial<AggregateError>;
  return copyLoggable({ name, message, stack, cause, errors }, {}, path);
}

/** Copies members. One that throws must not suppress the line. */
function copyLoggable(from: object, to: Fields, path: object[]): Fields {
  for (const key of Object.keys(from)) {
    try {
      to[key] = loggable(key, (from as Fields)[key], path);
    } catch {
      to[key] = "[unreadable]";
    }
  }
  return to;
}

/**
 * A logger that passes each line, with its line break, to `sink`.
 * @param sink @default standard output, which Lambda forwards to CloudWatch as it is
 * @param now the time of a line
 */
export function jsonLogger(
  sink: (line: string) => void = (line) => process.stdout.write(line),
  now: () => number = Date.now,
): Logger {
  return {
    write(level, message, fields) {
      try {
        const line: Fields = { timestamp: new Date(now()).toISOString(), level, message: redactText(message) };
        if (level === "error" && fields?.cause !== undefined) line.fingerprint = fingerprint(fields.cause);
        if (fields) copyLoggable(fields, line, [fields]);
        sink(`${JSON.stringify(line)}\n`);
      } catch {
        // Nothing else can report that a line is lost.
      }
    },
  };
}
