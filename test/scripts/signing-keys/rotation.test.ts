import { expect } from "chai";
import {
  getReadyAtMs,
  minPublishedSeconds,
  minRetainedSeconds,
  promoteNext,
  publishNext,
  withdrawPrevious,
} from "../../../scripts/signing-keys/rotation.ts";
import { expectCode } from "../../support/errors.ts";

const now = Date.parse("2026-01-01T00:00:00Z");
const at = (seconds: number) => now + seconds * 1000;
const changedAt = new Date(now).toISOString();

describe("A rotation of signing keys, step by step", () => {
  it("promotes no key until no cached key set can lack it, to the second", async () => {
    const keys = { current: "a", next: "b", changedAt };
    expect(minPublishedSeconds).to.be.above(300 + 60);
    await expectCode("key-step-too-early", () => promoteNext(keys, at(minPublishedSeconds - 1)));
    expect(promoteNext(keys, at(minPublishedSeconds))).to.include({ current: "b" });
  });

  it("retires no key while a token that it signed may be valid, to the second", async () => {
    const keys = { current: "b", previous: "a", changedAt };
    expect(minRetainedSeconds).to.be.above(15 * 60 + 60);
    await expectCode("key-step-too-early", () => withdrawPrevious(keys, at(minRetainedSeconds - 1)));
    expect(withdrawPrevious(keys, at(minRetainedSeconds))).to.include({ current: "b" });
  });

  for (const [what, code, step] of [
    ["a second next key", "key-awaits-promotion", () => publishNext({ current: "a", next: "b" }, "c", now)],
    ["a next key too early", "key-awaits-retirement", () => publishNext({ current: "b", previous: "a" }, "c", now)],
    [
      "a next key before the retired one is disabled",
      "key-awaits-retirement",
      () => publishNext({ current: "b", retired: "a" }, "c", now),
    ],
    ["the current key as next one", "next-key-signs-already", () => publishNext({ current: "a" }, "a", now)],
    [
      "to retire the current key",
      "previous-key-still-signs",
      () => withdrawPrevious({ current: "a", previous: "a" }, now),
    ],
    ["to retire without a previous key", "previous-key-missing", () => withdrawPrevious({ current: "a" }, now)],
  ] as const) {
    it(`refuses ${what}`, () => expectCode(code, step));
  }

  it("needs no wait for the first key, which Terraform created", () => {
    expect(getReadyAtMs({ current: "a" })).to.equal(0);
    expect(getReadyAtMs({ current: "a", changedAt })).to.equal(now);
  });
});
