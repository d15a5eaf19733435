import { expect } from "chai";
import {
  getReadyAtMs,
  minPublishedSeconds,
  minRetainedSeconds,
  promoteNext,
  publishNext,
  withdrawPrevious,
} from "../../../scripts/signing-keys/rotation.ts";

const now = Date.parse("2026-01-01T00:00:00Z");
const at = (seconds: number) => now + seconds * 1000;
const changedAt = new Date(now).toISOString();

describe("A rotation of signing keys, step by step", () => {
  it("publishes, promotes and retires a key", () => {
    const published = publishNext({ current: "a" }, "b", now);
    expect(published).to.deep.equal({ current: "a", next: "b", changedAt });
    const promoted = promoteNext(published, at(minPublishedSeconds));
    expect(promoted).to.include({ current: "b", previous: "a" }).and.not.have.property("next");
    const retired = withdrawPrevious(promoted, at(minPublishedSeconds + minRetainedSeconds));
    expect(retired).to.include({ current: "b", retired: "a" }).and.not.have.any.keys("next", "previous");
    expect(() => publishNext(retired, "c", now)).to.throw(/not retired yet.*keys retire/);
    expect(publishNext({ current: "b" }, "c", now)).to.include({ current: "b", next: "c" });
  });

  it("never promotes a key that was not published for as long as a key set may be kept, to the second", () => {
    const keys = { current: "a", next: "b", changedAt };
    expect(minPublishedSeconds).to.be.above(300 + 60);
    expect(() => promoteNext(keys, at(minPublishedSeconds - 1))).to.throw(
      /too early.*Verifiers.*Run the command again at/,
    );
    expect(promoteNext(keys, at(minPublishedSeconds))).to.include({ current: "b" });
  });

  it("never retires a key while a token that it signed may live, to the second", () => {
    const keys = { current: "b", previous: "a", changedAt };
    expect(minRetainedSeconds).to.be.above(15 * 60 + 60);
    expect(() => withdrawPrevious(keys, at(minRetainedSeconds - 1))).to.throw(
      /too early.*Tokens that it signed/,
    );
    expect(withdrawPrevious(keys, at(minRetainedSeconds))).to.include({ current: "b" });
  });

  it("takes one key at a time", () => {
    expect(() => publishNext({ current: "a", next: "b" }, "c", now)).to.throw(
      /one key at a time.*keys promote/,
    );
    expect(() => publishNext({ current: "b", previous: "a" }, "c", now)).to.throw(
      /one key at a time.*keys retire/,
    );
  });

  it("never makes the key that signs its own successor, or retires it", () => {
    expect(() => publishNext({ current: "a" }, "a", now)).to.throw(/signs already.*Delete its alias/);
    expect(() => withdrawPrevious({ current: "a", previous: "a" }, now)).to.throw(/still signs.*by hand/);
  });

  it("says what is missing", () => {
    expect(() => promoteNext({ current: "a" }, now)).to.throw(/no next key.*keys rotate/);
    expect(() => withdrawPrevious({ current: "a" }, now)).to.throw(/no previous key.*keys list/);
  });

  it("has nothing to wait for with the first key, which Terraform made", () => {
    expect(getReadyAtMs({ current: "a" })).to.equal(0);
    expect(getReadyAtMs({ current: "a", changedAt })).to.equal(now);
  });
});
