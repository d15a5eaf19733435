import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { OperatorError } from "../../../scripts/cli/errors.ts";
import { runCommand } from "../../../scripts/cli/run-command.ts";
import { ConfigurationError } from "../../../service/config.ts";
import { compileOps } from "../../support/compiled-program.ts";
import { opsProcess, withoutCredentials } from "../run-ops.ts";

describe("a command", () => {
  const { error: print } = console;
  const before = process.exitCode;
  afterEach(() => {
    console.error = print;
    process.exitCode = before;
  });

  async function printedAt(failure: Error): Promise<unknown[]> {
    const printed: unknown[] = [];
    console.error = (text: unknown) => printed.push(text);
    await runCommand(() => Promise.reject(failure));
    expect(process.exitCode).to.equal(1);
    return printed;
  }

  const parts = { what: "It is not set.", why: "It is new.", action: "Set it." };
  for (const failure of [new ConfigurationError("Set it."), new OperatorError("not-set", parts)]) {
    it(`prints ${failure.name} without a stack trace`, async () => {
      expect(await printedAt(failure)).to.deep.equal([failure.message]);
    });
  }

  it("prints any other error with its stack trace", async () => {
    const failure = new Error("a bug");
    expect(await printedAt(failure)).to.deep.equal([failure]);
  });

  for (const [what, args, status] of [
    ["a result", ["completion", "bash"], 141],
    ["help", ["--help"], 0],
  ] as const) {
    it(`ends without a message if ${what} has no reader`, async () => {
      const child = spawn(process.execPath, [await compileOps(), ...args]);
      child.stdout.destroy();
      const [errors, [code]] = await Promise.all([text(child.stderr), once(child, "close")]);
      expect([code, errors]).to.deep.equal([status, ""]);
    });
  }

  it("prints no warning of the AWS SDK about the version of Node.js", async () => {
    const { output } = await opsProcess(["status", "--environment", "staging"], {
      ...withoutCredentials,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: undefined,
    });
    expect(output).to.contain("credentials").and.not.contain("Warning");
  });
});
