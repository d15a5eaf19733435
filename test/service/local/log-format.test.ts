import { WriteStream } from "node:tty";
import { expect } from "chai";
import { type LogOutput, localLogger } from "../../../service/local/log-format.ts";

/** Collects what is written. */
function collecting(colours: Partial<LogOutput> = {}): { output: LogOutput; text(): string } {
  let written = "";
  const write = (text: string | Uint8Array) => {
    written += text;
    return true;
  };
  return { output: { ...colours, write }, text: () => written };
}

describe("The format of the local log", () => {
  it("has colours on a terminal alone, and not with NO_COLOR", () => {
    const terminal = (environment: object): Partial<LogOutput> => ({
      hasColors: () =>
        WriteStream.prototype.hasColors.call(Object.create(WriteStream.prototype), 16, environment),
    });
    const line = (colours?: Partial<LogOutput>) => {
      const { output, text } = collecting(colours);
      localLogger("pretty", output).write("info", "started");
      return text();
    };
    expect(line(terminal({ TERM: "xterm" }))).to.contain("\u001b[");
    expect(line(terminal({ TERM: "xterm", NO_COLOR: "1" }))).not.to.contain("\u001b");
    expect(line()).not.to.contain("\u001b");
  });
});
