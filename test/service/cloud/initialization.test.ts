import { expect } from "chai";
import { initializeFunction } from "../../../service/cloud/initialization.ts";
import { defaultTimeouts } from "../../../service/platform/timeouts.ts";

const provisioned = { AWS_LAMBDA_INITIALIZATION_TYPE: "provisioned-concurrency" };
const timeouts = { ...defaultTimeouts, initialization: 20 };

describe("The initialization of a function", () => {
  it("waits with provisioned concurrency, and otherwise does not", async () => {
    for (const [environment, expected] of [
      [provisioned, ["prepared", "initialized"]],
      [{ AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand" }, ["initialized", "prepared"]],
      [{}, ["initialized", "prepared"]],
    ] as const) {
      const order: string[] = [];
      const prepare = async () => {
        await new Promise(setImmediate);
        order.push("prepared");
      };
      await initializeFunction(prepare, environment);
      order.push("initialized");
      await new Promise(setImmediate);
      expect(order).to.deep.equal(expected);
    }
  });

  it("ends before Lambda's limit, though a dependency is silent", async () => {
    expect(defaultTimeouts.initialization).to.be.below(10_000);
    await initializeFunction(() => new Promise(() => {}), provisioned, timeouts);
  });

  it("forgets failures", async () => {
    const fail = async () => {
      throw new Error("no connection");
    };
    await initializeFunction(fail, provisioned);
    await initializeFunction(fail, {});
    // An unhandled rejection would end this process.
    await new Promise(setImmediate);
  });
});
