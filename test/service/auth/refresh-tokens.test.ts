import { randomBytes, randomUUID } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import { RefreshTokens } from "../../../service/auth/refresh-tokens.ts";

describe("Refresh tokens", () => {
  const tokens = new RefreshTokens(randomBytes(32));

  it("tell whose session they belong to", () => {
    const userId = randomUUID();
    const issued = tokens.create(userId);
    expect(tokens.read(issued.token)).to.deep.include({ session: issued.session, hash: issued.hash });
    expect(issued.session.userId).to.equal(userId);
  });

  it("have one successor, of the same session, with another hash, that can be read like any", () => {
    const first = tokens.create(randomUUID());
    const next = first.successor();
    expect(first.successor().token).to.equal(next.token);
    expect(next.session).to.deep.equal(first.session);
    expect(next.hash).not.to.equal(first.hash);
    expect(tokens.read(next.token)?.successor().token).to.equal(next.successor().token);
  });

  it("cannot be derived from the data of the store", () => {
    const first = tokens.create(randomUUID());
    const stored = Buffer.from(first.hash, "base64url");
    for (const { token } of [first, first.successor()]) {
      expect(Buffer.from(token, "base64url").includes(stored)).to.equal(false);
    }
    expect(tokens.read(first.hash)).to.equal(undefined);
  });

  it("are unknown to an environment with another pepper", () => {
    expect(new RefreshTokens(randomBytes(32)).read(tokens.create(randomUUID()).token)).to.equal(undefined);
  });

  it("are refused when any one character differs", () => {
    const { token } = tokens.create(randomUUID());
    for (let i = 0; i < token.length; i++) {
      const other = token[i] === "A" ? "B" : "A";
      expect(tokens.read(token.slice(0, i) + other + token.slice(i + 1)), `at ${i}`).to.equal(undefined);
    }
  });

  it("are refused when they are junk, without an exception", () => {
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (junk) => tokens.read(junk) === undefined));
    const { token } = tokens.create(randomUUID());
    for (const near of [`${token}=`, ` ${token}`, `${token}\n`, token.slice(1), token + token]) {
      expect(tokens.read(near)).to.equal(undefined);
    }
  });

  it("need a pepper of 32 bytes and a user id that is a UUID", () => {
    expect(() => new RefreshTokens(Buffer.alloc(31))).to.throw("at least 32 bytes");
    expect(() => tokens.create("ann")).to.throw("must be a UUID");
  });
});
