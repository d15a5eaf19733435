import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect } from "chai";

/** Runs work that needs half a second to end in an orderly way, and sends it the same signal twice. */
async function interruptTwice(pauseMs: number) {
  const work = `
    import { setTimeout } from "node:timers/promises";
    import { runInterruptible } from "./scripts/cli/interruptible.ts";
    await runInterruptible({ why: "", action: "" }, async (signal) => {
      console.log("started");
      await setTimeout(60_000, undefined, { signal }).catch(() => setTimeout(${pauseMs + 500}));
      console.log("ended in order");
    });`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", work]);
  const [output, closed] = [text(child.stdout), once(child, "close")];
  await once(child.stdout, "data");
  child.kill("SIGINT");
  await new Promise((done) => setTimeout(done, pauseMs));
  child.kill("SIGINT");
  const [, signal] = await closed;
  return { output: await output, signal };
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
});
