import { expect } from "chai";
import type { FunctionStand } from "../../../../scripts/ops/release/released-function.ts";
import { rollbackMoves } from "../../../../scripts/ops/release/rollback-target.ts";

/** A function with versions of these archives, from 1 on, of which one is live. */
function stand(name: string, archives: string, live: number): FunctionStand {
  const versions = [...archives]
    .map((archive, index) => ({ number: index + 1, archive, published: "" }))
    .reverse();
  return {
    name,
    versions,
    live: versions.find(({ number }) => number === live)!,
    beside: undefined,
    revision: "",
  };
}

/** Numbers of the versions that api and auth go to. */
const targets = (api: FunctionStand, auth: FunctionStand, to?: number) =>
  rollbackMoves(api, auth, to).map((move) => move.to.number);

describe("rolling back goes to", () => {
  it("the archive before, whatever numbers the two functions give it", () => {
    expect(targets(stand("api", "abc", 3), stand("auth", "aabc", 4))).to.deep.equal([2, 3]);
  });

  it("an archive that is another one, not an earlier version of the one that runs", () => {
    expect(targets(stand("api", "abbb", 4), stand("auth", "ab", 2))).to.deep.equal([1, 1]);
  });

  it("the newest archive that both have: one of them may have missed a release", () => {
    expect(targets(stand("api", "abc", 3), stand("auth", "ac", 2))).to.deep.equal([1, 1]);
  });

  it("never to a newer version that does not run", () => {
    expect(targets(stand("api", "abc", 2), stand("auth", "abc", 2))).to.deep.equal([1, 1]);
  });

  it("the older archive, where a rollback or a release has moved one function only", () => {
    expect(targets(stand("api", "ab", 1), stand("auth", "ab", 2))).to.deep.equal([1, 1]);
    expect(targets(stand("api", "ab", 2), stand("auth", "ab", 1))).to.deep.equal([1, 1]);
  });

  it("the version that was named, forwards too", () => {
    expect(targets(stand("api", "abc", 1), stand("auth", "aabc", 1), 3)).to.deep.equal([3, 4]);
  });

  it("nothing, where there is nothing", () => {
    expect(() => targets(stand("api", "a", 1), stand("auth", "a", 1))).to.throw("nothing to roll back to");
    expect(() => targets(stand("api", "ab", 2), stand("auth", "ab", 2), 7)).to.throw(
      "has no version 7. It has 2, 1.",
    );
    expect(() => targets(stand("api", "ab", 2), stand("auth", "b", 1), 1)).to.throw("must run one archive");
  });
});
