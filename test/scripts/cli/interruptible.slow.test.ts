import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { constants } from "node:os";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { compileModules, compileOps } from "../../support/compiled-program.ts";
import { useServer } from "../../support/listen.ts";
import { isThorough } from "../../support/thorough.ts";
import { awsAt } from "../../support/variables.ts";

const compileCli = () =>
  compileModules("cli", ...["interruptible", "prompt", "run-command"].map((name) => `scripts/cli/${name}.ts`));

/** Runs a module as a command, up to its first line. */
async function start(command: string) {
  const code = `
    import { setTimeout } from "node:timers/promises";
    import { resumable, runCommand, runInterruptible } from "${await compileCli()}";
    const reason = { why: "Some was done.", action: "Run it again." };
    const wait = (signal) => { console.log("started"); return setTimeout(60_000, undefined, { signal }); };
    await runCommand(${command});`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code]);
  // A test may close the output.
  const output = text(child.stdout).catch(() => "");
  const [errors, closed] = [text(child.stderr), once(child, "close")];
  await once(child.stdout, "data");
  const end = async () => {
    const [status, signal] = await closed;
    return { status, signal, output: await output, errors: await errors };
  };
  return { child, end };
}

/** Runs work that needs half a second to end in an orderly way, and sends it the same signal twice. */
async function interruptTwice(pauseMs: number) {
  const orderly = `wait(signal).catch(() => setTimeout(${pauseMs + 500})).then(() => console.log("ended in order"))`;
  const { child, end } = await start(`() => runInterruptible(reason, (signal) => ${orderly})`);
  child.kill("SIGINT");
  await new Promise((done) => setTimeout(done, pauseMs));
  child.kill("SIGINT");
  return end();
}

describe("interruptible work", () => {
  it("ends in an orderly way when one Ctrl-C arrives twice, from the terminal and from npm", async () => {
    expect(await interruptTwice(20))
      .to.deep.include({ signal: null })
      .and.to.have.property("output")
      .that.contains("ended");
  });

  it("is killed by a second Ctrl-C", async () => {
    const { output, signal } = await interruptTwice(1500);
    expect(signal).to.equal("SIGINT");
    expect(output).to.not.contain("ended");
  });

  const message = (signal: string) => `Interrupted by ${signal}. Some was done. Run it again. [interrupted]\n`;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const status = 128 + constants.signals[signal];
    for (const [what, command, errors] of [
      [
        "whose work fails",
        "() => runInterruptible(reason, (signal) => wait(signal).catch(() => signal.throwIfAborted()))",
        message(signal),
      ],
      [
        "whose work has a result of its own",
        "() => runInterruptible(reason, (signal) => wait(signal).catch(() => {}))",
        "",
      ],
      [
        "that does the rest when it runs again",
        "resumable(() => wait())",
        `Interrupted by ${signal}. The command was not complete. Run it again: it does only what is left. [interrupted]\n`,
      ],
      [
        "with interruptible work in resumable work",
        "resumable(() => runInterruptible(reason, (signal) => wait(signal).catch(() => signal.throwIfAborted())))",
        message(signal),
      ],
    ] as const) {
      it(`ends a command ${what} with ${status} after ${signal}`, async () => {
        const { child, end } = await start(command);
        child.kill(signal);
        expect(await end()).to.deep.equal({ status, signal: null, output: "started\n", errors });
      });
    }

    it(`lets ${signal} kill a command that has begun nothing, without a message`, async () => {
      const { child, end } = await start("() => wait()");
      child.kill(signal);
      expect(await end()).to.deep.equal({ status: null, signal, output: "started\n", errors: "" });
    });
  }

  it("ends in an orderly way when its output has no reader any more", async () => {
    const { child, end } = await start(
      `() => runInterruptible(reason, async (signal) => {
        console.log("started");
        while (!signal.aborted) { await setTimeout(10); console.log("more"); }
        console.error("ended in order");
      })`,
    );
    child.stdout.destroy();
    const { status, errors } = await end();
    expect({ status, errors }).to.deep.equal({ status: 128 + constants.signals.SIGPIPE, errors: "ended in order\n" });
  });
});

describe("a command of ops that waits for AWS", () => {
  let called: () => void;
  /** Never responds. */
  const aws = createServer(() => called());
  const port = useServer(aws);

  async function interruptOps(command: string, args: readonly string[]) {
    const call = new Promise<void>((resolve) => {
      called = resolve;
    });
    // The terminal sends Ctrl-C to all processes of the group.
    const child = spawn(command, [...args, "--environment", "staging"], {
      detached: true,
      env: { ...process.env, ...awsAt(`http://127.0.0.1:${port()}`) },
    });
    const [errors, closed] = [text(child.stderr), once(child, "close")];
    await Promise.race([call, closed]);
    process.kill(-child.pid!, "SIGINT");
    const [status, signal] = await closed;
    return { errors: await errors, status: signal ? 128 + constants.signals[signal as NodeJS.Signals] : status };
  }

  const interrupted =
    "Interrupted by SIGINT. The command was not complete. Run it again: it does only what is left. [interrupted]\n";

  it("ends with 130 in npm, with a sentence if it changes something", async () => {
    const npm = (...args: string[]) => interruptOps("npm", ["run", "--silent", "ops", "--", ...args]);
    expect(await npm("keys", "rotate")).to.deep.equal({ status: 130, errors: interrupted });
    if (isThorough) expect(await npm("keys", "list")).to.deep.equal({ status: 130, errors: "" });
  });

  it("ends with 130 without npm", async () => {
    const node = async (...args: string[]) => interruptOps(process.execPath, [await compileOps(), ...args]);
    if (isThorough) expect(await node("rollback")).to.deep.equal({ status: 130, errors: interrupted });
    expect(await node("status")).to.deep.equal({ status: 130, errors: "" });
  });
});

describe("a prompt in a terminal", () => {
  const createCode = async () => `
    import { promptTerminal, resumable, runCommand } from "${await compileCli()}";
    const ask = async () => console.log("typed <" + (await promptTerminal("Name? ")) + ">");
    await runCommand(process.argv[1] === "resumable" ? resumable(ask) : ask);`;

  /** Types into a pseudo-terminal when the prompt is there. */
  async function type(keys: string, kind: string) {
    const variables = { ...process.env, NODE: process.execPath, CODE: await createCode(), KIND: kind };
    const command = '"$NODE" --input-type=module --eval "$CODE" "$KIND"';
    const child = spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"], { env: variables });
    let output = "";
    child.stdout.on("data", (chunk) => {
      if (!output.includes("Name?") && `${output}${chunk}`.includes("Name?")) child.stdin.write(keys);
      output += chunk;
    });
    const [status] = await once(child, "close");
    return { status, output };
  }

  before(function () {
    if (spawnSync("script", ["--version"]).status !== 0) this.skip();
  });

  it("reads a line", async () => {
    expect((await type("a b\r", "plain")).output).to.contain("typed <a b>");
  });

  it("reads nothing after Ctrl-D", async () => {
    const { status, output } = await type("\u0004", "plain");
    expect(output).to.contain("typed <>");
    expect(status).to.equal(0);
  });

  it("ends with 130 after Ctrl-C, without a stack", async () => {
    const { status, output } = await type("\u0003", "plain");
    expect([status, output.includes("    at ")]).to.deep.equal([130, false]);
    expect(output).to.match(/\n$/);
    const resumable = await type("\u0003", "resumable");
    expect([resumable.status, /\nInterrupted .*\[interrupted\]/.test(resumable.output)]).to.deep.equal([130, true]);
  });
});
