import { styleText } from "node:util";
import { problemBase } from "../company.ts";
import type { Fields, Level } from "../platform/logging.ts";

/** A parsed line of the log. */
interface Line extends Fields {
  timestamp: string;
  level: Level;
  message: string;
}

type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;

const styles = { info: "green", warn: "yellow", error: "red" } as const;
/** Enough to tell the requests of a working day apart. The header `X-Request-Id` has the whole id. */
const idLength = 8;

/**
 * Formats a line of the JSON log for people: one line for a request, and below it, indented, the error that it failed with. It has
 * only the data of the JSON line, so that redacted values stay redacted.
 * @param json a line of `jsonLogger`
 * @param colour whether the terminal supports colours
 */
export function prettyLine(json: string, colour: boolean): string {
  const paint: Paint = colour
    ? (style, text) => styleText(style, text, { validateStream: false })
    : (_style, text) => text;
  // `_aws` is for CloudWatch. The metrics are also members of the line.
  const { timestamp, level, message, cause, _aws, ...fields } = JSON.parse(json) as Line;
  const time = paint("gray", new Date(timestamp).toLocaleTimeString("en-GB"));
  const what = message === "request" ? requestText(level, fields, paint) : eventText(level, message, fields);
  return `${time} ${what}\n${cause === undefined ? "" : causeText(cause)}`;
}

function requestText(level: Level, fields: Fields, paint: Paint): string {
  const { request_id, method, route, path = route, status, duration_ms, problem, ...others } = fields;
  const colour = level === "info" && Number(status) >= 400 ? styles.warn : styles[level];
  return [
    printable(method).padEnd(6),
    printable(path).padEnd(28),
    paint(colour, printable(status)),
    `${printable(duration_ms)} ms`.padStart(8),
    paint("gray", printable(request_id).slice(0, idLength)),
    ...(problem === undefined ? [] : named({ problem: String(problem).replace(problemBase, "") })),
    ...named(others),
  ].join(" ");
}

const eventText = (level: Level, message: string, fields: Fields): string =>
  [level.toUpperCase(), printable(message), ...named(fields)].join(" ");

const named = (fields: Fields): string[] =>
  Object.entries(fields).map(([name, value]) => `${printable(name)}=${printable(value)}`);

/** An error with its stack, and its causes below. */
function causeText(cause: unknown, margin = "    "): string {
  if (typeof cause !== "object" || cause === null || !("message" in cause)) {
    return `${margin}${printable(cause)}\n`;
  }
  const { name, message, stack, cause: deeper, errors = [] } = cause as Fields;
  const lines = String(stack ?? `${name}: ${message}`).split("\n");
  return [
    ...lines.map((line) => `${margin}${printable(line)}\n`),
    ...[deeper ?? [], errors].flat().map((each) => `${margin}caused by\n${causeText(each, `${margin}  `)}`),
  ].join("");
}

/** Text without control characters for the terminal: an error may quote what a client has sent. */
const printable = (value: unknown): string =>
  (typeof value === "string" ? value : String(JSON.stringify(value))).replace(
    /\p{Cc}/gu,
    (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
