import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import { type InFlightLimits, runInFlight } from "../../../scripts/cli/in-flight.ts";

describe("Work in flight", () => {
  /** Starts work for items of these sizes. Each ends when the test ends it. */
  function start(sizes: readonly number[], limits: InFlightLimits, signal = new AbortController().signal) {
    const running = new Map<number, PromiseWithResolvers<void>>();
    const started: number[] = [];
    async function* items() {
      for (const [number, size] of sizes.entries()) {
        if (Number.isNaN(size)) throw new Error("the stream failed");
        yield { number, bytes: new Uint8Array(size) };
      }
    }
    let hasEnded = false;
    const done = runInFlight(items(), limits, signal, async ({ number }) => {
      started.push(number);
      const end = withResolvers();
      running.set(number, end);
      await end.promise.finally(() => running.delete(number));
    }).finally(() => {
      hasEnded = true;
    });
    done.catch(() => {});
    const settle = async () => {
      for (let turn = 0; turn < 10; turn++) await setImmediate();
    };
    return {
      done,
      started,
      hasEnded: () => hasEnded,
      /** The items in progress, once nothing changes by itself. */
      async running() {
        await settle();
        return [...running.keys()];
      },
      end: (number: number) => running.get(number)!.resolve(),
      fail: (number: number, reason: string) => running.get(number)!.reject(new Error(reason)),
    };
  }

  it("never exceeds the number of items", async () => {
    const work = start([1, 1, 1, 1, 1], { items: 3, bytes: 100 });
    expect(await work.running()).to.deep.equal([0, 1, 2]);
    work.end(1);
    expect(await work.running()).to.deep.equal([0, 2, 3]);
    for (const number of [0, 2, 3]) work.end(number);
    expect(await work.running()).to.deep.equal([4]);
    work.end(4);
    await work.done;
  });

  it("never exceeds the bytes, except with one item that is larger", async () => {
    const work = start([40, 60, 10, 200, 10], { items: 3, bytes: 100 });
    expect(await work.running()).to.deep.equal([0, 1]);
    work.end(0);
    expect(await work.running()).to.deep.equal([1, 2]);
    work.end(1);
    expect(await work.running()).to.deep.equal([2]);
    work.end(2);
    expect(await work.running()).to.deep.equal([3]);
    work.end(3);
    expect(await work.running()).to.deep.equal([4]);
    work.end(4);
    await work.done;
  });

  it("starts nothing after a failure, waits for the work in progress, and fails with the first error", async () => {
    const work = start([1, 1, 1, 1, 1], { items: 3, bytes: 100 });
    await work.running();
    work.fail(1, "first");
    expect(await work.running()).to.deep.equal([0, 2]);
    work.fail(0, "second");
    expect(await work.running()).to.deep.equal([2]);
    expect(work.hasEnded()).to.equal(false);
    work.end(2);
    await expectFailure(work.done, "first");
    expect(work.started).to.deep.equal([0, 1, 2]);
  });

  it("starts nothing after an interruption, and waits for the work in progress", async () => {
    const controller = new AbortController();
    const work = start([1, 1, 1, 1], { items: 2, bytes: 100 }, controller.signal);
    await work.running();
    controller.abort(new Error("interrupted"));
    work.end(0);
    expect(await work.running()).to.deep.equal([1]);
    expect(work.hasEnded()).to.equal(false);
    work.end(1);
    await expectFailure(work.done, "interrupted");
    expect(work.started).to.deep.equal([0, 1]);
  });

  it("waits for the work in progress if the stream fails", async () => {
    const work = start([1, Number.NaN], { items: 2, bytes: 100 });
    expect(await work.running()).to.deep.equal([0]);
    expect(work.hasEnded()).to.equal(false);
    work.end(0);
    await expectFailure(work.done, "the stream failed");
  });
});

async function expectFailure(work: Promise<void>, message: string): Promise<void> {
  const error = await work.then(
    () => undefined,
    (reason: Error) => reason,
  );
  expect(error).to.have.property("message", message);
}

interface PromiseWithResolvers<T> {
  promise: Promise<T>;
  resolve(value: T): void;
  reject(reason: Error): void;
}

/** `Promise.withResolvers` exists from Node.js 22. */
function withResolvers(): PromiseWithResolvers<void> {
  let [resolve, reject]: [() => void, (reason: Error) => void] = [() => {}, () => {}];
  const promise = new Promise<void>((...functions) => {
    [resolve, reject] = functions;
  });
  return { promise, resolve, reject };
}
