import type { WriteStream } from "node:tty";
import { jsonLogger, type Logger } from "../platform/logging.ts";
import { prettyLine } from "./pretty-log.ts";

/** `pretty` is human-readable; `json` is what Lambda prints. */
export type LogFormat = "pretty" | "json";

/** Output of a log. A terminal reports whether it supports colours, and respects `NO_COLOR`. */
export type LogOutput = Pick<NodeJS.WriteStream, "write"> & Partial<Pick<WriteStream, "hasColors">>;

/** The log of the local server. */
export function localLogger(format: LogFormat, output: LogOutput = process.stdout): Logger {
  if (format === "json") return jsonLogger((line) => output.write(line));
  const colour = output.hasColors?.() ?? false;
  return jsonLogger((line) => output.write(prettyLine(line, colour)));
}
