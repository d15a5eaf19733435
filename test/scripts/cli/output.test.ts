import { PassThrough } from "node:stream";
import { WriteStream } from "node:tty";
import { expect } from "chai";
import { colourOutcomes } from "../../../scripts/cli/output.ts";
import { setVariables } from "../../support/variables.ts";
import { ops, withoutCredentials } from "../run-ops.ts";

/** A stream at which a person reads. */
const terminal = Object.assign(new PassThrough(), {
  isTTY: true,
  // Whatever this machine is: CI servers, for example, have variables of their own.
  getColorDepth: () =>
    WriteStream.prototype.getColorDepth({
      TERM: "xterm",
      ...(process.env.NO_COLOR && { NO_COLOR: process.env.NO_COLOR }),
    }),
}) as unknown as NodeJS.WriteStream;

describe("outcomes in the output of a command", () => {
  const variables = ["NO_COLOR", "NODE_DISABLE_COLORS", "FORCE_COLOR"];
  let restore: () => void;
  beforeEach(() => {
    restore = setVariables(Object.fromEntries(variables.map((name) => [name, ""])));
    for (const name of variables) delete process.env[name];
  });
  afterEach(() => restore());

  const [green, red, yellow, end] = ["\u001b[32m", "\u001b[31m", "\u001b[33m", "\u001b[39m"];

  for (const [line, coloured] of [
    ["ok       tools", `${green}ok${end}       tools`],
    ["wrong    accounts", `${red}wrong${end}    accounts`],
    ["not yet  DNS", `${yellow}not yet${end}  DNS`],
    ["  FAILED  all users log in", `  ${red}FAILED${end}  all users log in`],
    ["  database-lost passed", `  database-lost ${green}passed${end}`],
    ["failed  login\npassed  key", `${red}failed${end}  login\n${green}passed${end}  key`],
    ["ok is not an outcome here, nor is unknown", "ok is not an outcome here, nor is unknown"],
  ] as const) {
    it(`are in colour for a person: ${JSON.stringify(line)}`, () => {
      expect(colourOutcomes(line, terminal)).to.equal(coloured);
    });
  }

  it("are plain with NO_COLOR, and for a program", () => {
    expect(colourOutcomes("ok  tools", new PassThrough() as unknown as NodeJS.WriteStream)).to.equal("ok  tools");
    process.env.NO_COLOR = "1";
    expect(colourOutcomes("ok  tools", terminal)).to.equal("ok  tools");
  });

  it("are in colour in a table of a command, and errors are red, but JSON is not", async () => {
    const run = (...args: string[]) =>
      ops(args, {
        ...withoutCredentials,
        FORCE_COLOR: "1",
        NO_COLOR: undefined,
        AWS_ENDPOINT_URL: "http://127.0.0.1:9",
      });
    const health = ["health", "--environment", "staging", "--api", "https://127.0.0.1:9"];
    expect((await run(...health)).stdout).to.contain(`${red}failed${end}`);
    expect((await run(...health, "--json")).stdout).to.not.contain("\u001b");
    const refused = await run("keys", "list", "--environment", "staging");
    expect(refused.output.startsWith(red) && refused.output.endsWith(`]${end}\n`), refused.output).to.equal(true);
    const unknown = await run("keys", "lst");
    expect(unknown.output.startsWith(`${red}error: unknown command 'lst'`), unknown.output).to.equal(true);
  });
});
