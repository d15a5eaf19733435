import { expect } from "chai";
import { once } from "../../../service/platform/once.ts";

/** A factory that fails as often as it is told to, then returns how often it ran. */
function failing(times: number, fail: () => Promise<never>) {
  let runs = 0;
  const create = () => (++runs <= times ? fail() : Promise.resolve(runs));
  return { get: once<number>(create), runs: () => runs };
}

const failures: Record<string, () => Promise<never>> = {
  rejects: () => Promise.reject(new Error("down")),
  "rejects later": () => new Promise((_, reject) => setImmediate(reject, new Error("down"))),
  "throws before it returns": () => {
    throw new Error("down");
  },
  "rejects without a reason": () => Promise.reject(),
};

describe("A factory that runs once", () => {
  it("shares its result among all callers, of the same time and later", async () => {
    const { get, runs } = failing(0, failures.rejects!);
    expect(await Promise.all([get(), get()])).to.deep.equal([1, 1]);
    expect([await get(), runs()]).to.deep.equal([1, 1]);
  });

  for (const [what, fail] of Object.entries(failures)) {
    describe(`and ${what}`, () => {
      const outcome = (attempt: Promise<number>) => attempt.catch(() => "failed");

      it("fails for all who wait for that attempt, and runs again for the next", async () => {
        const { get, runs } = failing(2, fail);
        expect(await Promise.all([get(), get()].map(outcome))).to.deep.equal(["failed", "failed"]);
        expect(runs()).to.equal(1);
        expect(await outcome(get())).to.equal("failed");
        expect([await get(), await get(), runs()]).to.deep.equal([3, 3, 3]);
      });

      it("runs again for a caller that reacts to the failure itself", async () => {
        const { get } = failing(1, fail);
        expect(await get().catch(() => get())).to.equal(2);
      });

      it("does not fail in a caller's turn", () => {
        const { get } = failing(1, fail);
        const attempt = get();
        expect(attempt).to.be.a("promise");
        return outcome(attempt);
      });
    });
  }

  it("does not wait for itself when it needs its own result, and can be used after that", async () => {
    let needsItself = true;
    const get: () => Promise<string> = once(async () => (needsItself ? `inner ${await get()}` : "built"));
    expect(await get().catch(({ message }) => message)).to.equal("A factory cannot wait for its own result.");
    needsItself = false;
    expect(await get()).to.equal("built");
  });

  it("does not lose a result because an earlier attempt failed", async () => {
    const attempts: { resolve: (value: string) => void; reject: (error: Error) => void }[] = [];
    const get = once(() => new Promise<string>((resolve, reject) => attempts.push({ resolve, reject })));
    const first = get().catch(() => get());
    attempts[0]!.reject(new Error("down"));
    await new Promise(setImmediate);
    attempts[1]!.resolve("built");
    expect([await first, await get(), attempts.length]).to.deep.equal(["built", "built", 2]);
  });
});
