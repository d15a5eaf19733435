import type { WriteStream } from "node:tty";
import { jsonLogger, type Logger } from "../platform/logging.ts";
import { prettyLine } from "./pretty-log.ts";

/** `pretty` is human-readable; `json` is what Lambda prints. */
export type LogFormat = "pretty" | "json";

/** What a log is written to. A terminal says whether it shows colours, and heeds `NO_COLOR`. */
export type LogOutput = Pick<NodeJS.WriteStream, "write"> & Partial<Pick<WriteStream, "hasColors">>;

/** The log of the local server, on standard output unless told otherwise. */
export function localLogger(format: LogFormat, output: LogOutput = process.stdout): Logger {
  if (format === "json") return jsonLogger((line) => output.write(line));
  const colour = output.hasColors?.() ?? false;
  return jsonLogger((line) => output.write(prettyLine(line, colour)));
}
