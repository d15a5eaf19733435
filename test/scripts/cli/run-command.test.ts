import { expect } from "chai";
import { OperatorError } from "../../../scripts/cli/errors.ts";
import { runCommand } from "../../../scripts/cli/run-command.ts";
import { ConfigurationError } from "../../../service/config.ts";

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
});
