import { WriteStream } from "node:tty";
import { expect } from "chai";
import { type LogOutput, localLogger } from "../../../service/local/log-format.ts";

describe("The format of the local log", () => {
  it("has colours on a terminal alone, and not with NO_COLOR", () => {
    const terminal = (environment: object): Partial<LogOutput> => ({
      hasColors: () => WriteStream.prototype.hasColors.call(Object.create(WriteStream.prototype), 16, environment),
    });
    const line = (colours?: Partial<LogOutput>) => {
      let written = "";
      const write = (text: string | Uint8Array) => {
        written += text;
        return true;
      };
      localLogger("pretty", { ...colours, write }).write("info", "started");
      return written;
    };
    expect(line(terminal({ TERM: "xterm" }))).to.contain("\u001b[");
    expect(line(terminal({ TERM: "xterm", NO_COLOR: "1" }))).not.to.contain("\u001b");
    expect(line()).not.to.contain("\u001b");
  });
});
