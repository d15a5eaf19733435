import { expect } from "chai";
import { poll } from "../../../scripts/cli/polling.ts";

describe("polling", () => {
  it("repeats an attempt until it has a result, and waits after each that has none", async () => {
    const waited: number[] = [];
    const result = await poll(async (attempt) => (attempt < 4 ? undefined : `attempt ${attempt}`), {
      delayMs: (attempt) => attempt * 10,
      wait: async (milliseconds) => waited.push(milliseconds),
    });
    expect(result).to.equal("attempt 4");
    expect(waited).to.deep.equal([10, 20, 30]);
  });

  it("takes an empty result for one", async () => {
    expect(await poll(async () => "", { delayMs: 1 })).to.equal("");
  });

  it("ends with the error of an attempt", async () => {
    const error = await poll(() => Promise.reject(new Error("refused")), { delayMs: 1 }).catch(String);
    expect(error).to.equal("Error: refused");
  });

  it("ends a wait with the reason of the signal", async () => {
    const controller = new AbortController();
    const hour = 60 * 60 * 1_000;
    const waiting = poll(async () => void setImmediate(() => controller.abort(new Error("interrupted"))), {
      delayMs: hour,
      signal: controller.signal,
    });
    expect(await waiting.catch(String)).to.equal("Error: interrupted");
  });
});
