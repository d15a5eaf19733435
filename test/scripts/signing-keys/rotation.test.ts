import { expect } from "chai";
import {
  expiredSeconds,
  publishedSeconds,
  readyAt,
  withNext,
  withNextAsCurrent,
  withoutPrevious,
} from "../../../scripts/signing-keys/rotation.ts";

const now = Date.parse("2026-01-01T00:00:00Z");
const at = (seconds: number) => now + seconds * 1000;
const changedAt = new Date(now).toISOString();

describe("A rotation of signing keys, step by step", () => {
  it("publishes, promotes and retires a key", () => {
    const published = withNext({ current: "a" }, "b", now);
    expect(published).to.deep.equal({ current: "a", next: "b", changedAt });
    const promoted = withNextAsCurrent(published, at(publishedSeconds));
    expect(promoted).to.include({ current: "b", previous: "a" }).and.not.have.property("next");
    const retired = withoutPrevious(promoted, at(publishedSeconds + expiredSeconds));
    expect(retired).to.include({ current: "b", retired: "a" }).and.not.have.any.keys("next", "previous");
    expect(() => withNext(retired, "c", now)).to.throw(/not retired yet.*keys retire/);
    expect(withNext({ current: "b" }, "c", now)).to.include({ current: "b", next: "c" });
  });

  it("never promotes a key that was not published for as long as a key set may be kept, to the second", () => {
    const keys = { current: "a", next: "b", changedAt };
    expect(publishedSeconds).to.be.above(300 + 60);
    expect(() => withNextAsCurrent(keys, at(publishedSeconds - 1))).to.throw(
      /too early.*Verifiers.*Run the command again at/,
    );
    expect(withNextAsCurrent(keys, at(publishedSeconds))).to.include({ current: "b" });
  });

  it("never retires a key while a token that it signed may live, to the second", () => {
    const keys = { current: "b", previous: "a", changedAt };
    expect(expiredSeconds).to.be.above(15 * 60 + 60);
    expect(() => withoutPrevious(keys, at(expiredSeconds - 1))).to.throw(/too early.*Tokens that it signed/);
    expect(withoutPrevious(keys, at(expiredSeconds))).to.include({ current: "b" });
  });

  it("takes one key at a time", () => {
    expect(() => withNext({ current: "a", next: "b" }, "c", now)).to.throw(/one key at a time.*keys promote/);
    expect(() => withNext({ current: "b", previous: "a" }, "c", now)).to.throw(
      /one key at a time.*keys retire/,
    );
  });

  it("never makes the key that signs its own successor, or retires it", () => {
    expect(() => withNext({ current: "a" }, "a", now)).to.throw(/signs already.*Delete its alias/);
    expect(() => withoutPrevious({ current: "a", previous: "a" }, now)).to.throw(/still signs.*by hand/);
  });

  it("says what is missing", () => {
    expect(() => withNextAsCurrent({ current: "a" }, now)).to.throw(/no next key.*keys rotate/);
    expect(() => withoutPrevious({ current: "a" }, now)).to.throw(/no previous key.*keys list/);
  });

  it("has nothing to wait for with the first key, which Terraform made", () => {
    expect(readyAt({ current: "a" })).to.equal(0);
    expect(readyAt({ current: "a", changedAt })).to.equal(now);
  });
});
