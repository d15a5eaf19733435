import { expect } from "chai";
import type { FunctionState, FunctionStates, LiveAlias } from "../../../scripts/release/functions.ts";
import type { LoggedEvent } from "../../../scripts/release/release-log.ts";
import { findPreviousRelease, findRelease, findReleases } from "../../../scripts/release/releases.ts";
import { expectCode } from "../../support/errors.ts";

/** A function whose versions have these archives, the first one is version 1, published a minute apart; and what runs. */
function state(archives: string, live: number, alias: Partial<LiveAlias> = {}): FunctionState {
  return {
    versions: [...archives].map((sha256, index) => ({ version: index + 1, sha256, publishedAt: index * 60_000 })),
    live: { version: live, additionalVersions: [], revisionId: "r", ...alias },
  };
}

const same = (archives: string, live: number, alias?: Partial<LiveAlias>): FunctionStates => ({
  api: state(archives, live, alias),
  auth: state(archives, live, alias),
});

describe("the release that a rollback restores", () => {
  it("is the newest older version with another archive", () => {
    expect(findPreviousRelease(same("abc", 3))).to.deep.equal({ api: 2, auth: 2, sha256: "b" });
    expect(findPreviousRelease(same("abc", 2))).to.deep.equal({ api: 1, auth: 1, sha256: "a" });
    expect(findPreviousRelease(same("abb", 3))).to.deep.equal({ api: 1, auth: 1, sha256: "a" });
    expect(findPreviousRelease(same("aba", 3))).to.deep.equal({ api: 2, auth: 2, sha256: "b" });
  });

  it("has one archive, whatever the version numbers", () => {
    const states = { api: state("abcd", 4), auth: state("xxacd", 5) };
    expect(findPreviousRelease(states)).to.deep.equal({ api: 3, auth: 4, sha256: "c" });
    expect(findPreviousRelease({ api: state("abd", 3), auth: state("ad", 2) })).to.include({ api: 1, auth: 1 });
  });

  it("is the one that runs next to the new one during a release", () => {
    expect(findPreviousRelease(same("abc", 2, { additionalVersions: [3] }))).to.include({ api: 2, auth: 2 });
    const begun = { api: state("abc", 2, { additionalVersions: [3] }), auth: state("abc", 2) };
    expect(findPreviousRelease(begun)).to.include({ api: 2, auth: 2 });
  });

  it("is the older of two that run after an interruption", () => {
    expect(findPreviousRelease({ api: state("abc", 2), auth: state("abc", 3) })).to.include({ api: 2, auth: 2 });
    expect(findPreviousRelease({ api: state("abc", 3), auth: state("abc", 2) })).to.include({ api: 2, auth: 2 });
    const half = { api: state("abc", 2, { rolledBackFrom: 3 }), auth: state("abc", 3) };
    expect(findPreviousRelease(half)).to.include({ api: 2, auth: 2 });
  });

  it("is none after a rollback", () => {
    expect(findPreviousRelease(same("abc", 2, { rolledBackFrom: 3 }))).to.equal(undefined);
  });

  it("is the one that ran before according to the release log, not one that failed since", () => {
    const step = (what: LoggedEvent["event"], from: number, to: number): LoggedEvent => ({
      ...{ event: what, at: "2026-11-23T06:00:00Z", by: "arn", sha256: "" },
      shifts: (["api", "auth"] as const).map((id) => ({ function: id, from: [from], to })),
    });
    const history = [
      step("release succeeded", 2, 4),
      step("release rolled back", 2, 3),
      step("release succeeded", 1, 2),
    ];
    expect(findPreviousRelease(same("abcd", 4), history)).to.include({ api: 2, auth: 2 });
    expect(findPreviousRelease(same("abcd", 3), history)).to.include({ api: 2 });
    expect(findPreviousRelease(same("abcd", 4))).to.include({ api: 3 });
  });

  it("is none after a release that failed", () => {
    const shifts = [{ function: "api", from: [2], to: 3 } as const];
    for (const what of ["release started", "release rolled back", "release failed"] as const) {
      const last = { event: what, shifts, at: "2026-11-23T06:00:00Z", by: "arn", sha256: "c" };
      expect(findPreviousRelease(same("abc", 2), [last]), what).to.equal(undefined);
      expect(findPreviousRelease(same("abc", 3), [last]), what).to.include({ api: 2 });
    }
  });

  it("must be older, and have an archive of both functions", async () => {
    const code = "previous-release-not-found";
    const { message } = await expectCode(code, () => findPreviousRelease(same("abc", 1)));
    expect(message).to.include("--to: 1, 2, 3.");
    await expectCode(code, () => findPreviousRelease({ api: state("ab", 2), auth: state("xb", 2) }));
  });

  it("can be named by a version of api, and no other", async () => {
    const states = { api: state("abc", 3), auth: state("xabc", 4) };
    expect(findRelease(states, 1)).to.deep.equal({ api: 1, auth: 2, sha256: "a" });
    const { message } = await expectCode("release-not-found", () => findRelease(states, 9));
    expect(message).to.include("--to: 1, 2, 3.");
  });

  it("takes the version of auth that was published with that of api", () => {
    expect(findReleases(same("aabb", 4))).to.deep.equal([
      { api: 1, auth: 1, sha256: "a" },
      { api: 2, auth: 2, sha256: "a" },
      { api: 3, auth: 3, sha256: "b" },
      { api: 4, auth: 4, sha256: "b" },
    ]);
  });
});
