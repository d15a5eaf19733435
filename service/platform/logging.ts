import { fingerprint } from "./fingerprint.ts";
import { isSecretName, redactText } from "./redaction.ts";

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

/** Deep enough for a chain of causes. */
const maxDepth = 8;

/** A name of a member, and what may be shown of it. */
interface Name {
  shown: string;
  isSecret: boolean;
}

/** Lines have the same names again and again. Those of a client do not fill the memory. */
const names = new Map<string, Name>();
const maxNames = 1_000;
const maxNameCharacters = 64;

function describeName(key: string): Name {
  let name = names.get(key);
  if (!name) {
    name = { shown: redactText(key), isSecret: isSecretName(key) };
    if (names.size < maxNames && key.length <= maxNameCharacters) names.set(key, name);
  }
  return name;
}

/** A value that JSON can represent, without secrets. `above` are the objects that contain it. */
function loggable(key: string, value: unknown, above: object[]): unknown {
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
    const { shown, isSecret } = describeName(key);
    try {
      const value = isSecret ? "[redacted]" : (from as Fields)[key];
      // JSON leaves it out, too.
      if (value !== undefined) to[shown] = loggable(key, value, path);
    } catch {
      to[shown] = "[unreadable]";
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
