/** Severity of a log line. */
export type Level = "info" | "warn" | "error";

/** Values of a log line beside its time, level and message. `undefined` is left out. */
export type Fields = Record<string, unknown>;

/** Writes one JSON object per line. */
export interface Logger {
  write(level: Level, message: string, fields?: Fields): void;
}

/**
 * Names whose values never reach a log, whoever passes them. This is the second line of defence: the first is
 * not to pass them, the third CloudWatch's data protection.
 */
const secretNames = /password|secret|token|pepper|authorization|cookie|api.?key|e.?mail|private.?key/i;

// Bounded repetition: an endless line without an @ must not cost quadratic time.
const emailAddress = /[^\s@"'<>]{1,64}@[^\s@"'<>]{1,255}/g;
const jwt = /\beyJ[\w-]{1,2048}\.[\w-]{1,4096}(\.[\w-]{0,1024})?/g;
const urlCredentials = /:\/\/[^/@\s]{1,512}@/g;

/** What every match of the patterns above holds; few texts do, and looking for it costs a tenth of the patterns. */
const suspicious = /@|eyJ/;

/** Takes e-mail addresses, tokens and credentials out of free text, such as a driver's error message. */
export function redactText(text: string): string {
  if (!suspicious.test(text)) return text;
  return text
    .replace(urlCredentials, "://[redacted] at ")
    .replace(jwt, "[token]")
    .replace(emailAddress, "[e-mail]");
}

function redact(key: string, value: unknown): unknown {
  if (secretNames.test(key)) return "[redacted]";
  if (typeof value === "string") return redactText(value);
  if (value instanceof Error) {
    const { name, message, stack, cause } = value;
    return { name, message: redactText(message), stack: redactText(stack ?? ""), cause };
  }
  return value;
}

/**
 * A logger that hands each line, with its line break, to `sink`.
 * @param sink defaults to standard output, which Lambda forwards to CloudWatch as it is
 * @param now the time of a line
 */
export function jsonLogger(
  sink: (line: string) => void = (line) => process.stdout.write(line),
  now: () => number = Date.now,
): Logger {
  return {
    write(level, message, fields) {
      const line = { timestamp: new Date(now()).toISOString(), level, message, ...fields };
      sink(`${JSON.stringify(line, redact)}\n`);
    },
  };
}
