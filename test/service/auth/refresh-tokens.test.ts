import { randomBytes, randomUUID } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import { RefreshTokens } from "../../../service/auth/refresh-tokens.ts";
import { RefreshTokenFormats } from "../../support/refresh-token-formats.ts";

describe("Refresh tokens", () => {
  const pepper = randomBytes(32);
  const tokens = new RefreshTokens({ current: pepper });
  const formats = new RefreshTokenFormats(pepper);

  /** The first token of a session, as it is read. */
  function issue() {
    const token = tokens.create(randomUUID()).toToken(0);
    return { token, ...tokens.read(token)! };
  }

  it("tell whose session they belong to", () => {
    const userId = randomUUID();
    const { session, hash, toToken } = tokens.create(userId);
    expect(tokens.read(toToken(0))).to.deep.include({ session, hash });
    expect(session.userId).to.equal(userId);
  });

  it("have one successor, of the same session, with another hash, that can be read like any", () => {
    const first = issue();
    const next = first.successor();
    expect(first.successor().toToken(1)).to.equal(next.toToken(1));
    expect(next.session).to.deep.equal(first.session);
    expect(next.hash).not.to.equal(first.hash);
    expect(tokens.read(next.toToken(1))).to.deep.include({ session: next.session, hash: next.hash });
  });

  it("carry their generation, and are the same without it", () => {
    const { toToken, session, hash } = tokens.create(randomUUID());
    const plain = tokens.read(formats.plain(toToken(0)))!;
    expect(plain).to.deep.include({ session, hash }).and.not.to.have.property("generation");
    for (const generation of [0, 1, 2 ** 32 - 1]) {
      expect(toToken(generation)).to.equal(formats.numbered(toToken(0), generation));
      const read = tokens.read(toToken(generation))!;
      expect(read).to.deep.include({ session, hash, generation });
      expect(read.successor().hash).to.equal(plain.successor().hash);
    }
  });

  it("cannot be derived from the data of the store", () => {
    const first = issue();
    const stored = Buffer.from(first.hash, "base64url");
    for (const token of [first.token, first.successor().toToken(1)]) {
      expect(Buffer.from(token, "base64url").includes(stored)).to.equal(false);
    }
    expect(tokens.read(first.hash)).to.equal(undefined);
  });

  it("are unknown to an environment with another pepper", () => {
    expect(new RefreshTokens({ current: randomBytes(32) }).read(issue().token)).to.equal(undefined);
  });

  it("are refused when any one character differs", () => {
    const numbered = tokens.create(randomUUID()).toToken(7);
    for (const token of [numbered, formats.plain(numbered)]) {
      for (let i = 0; i < token.length; i++) {
        const other = token[i] === "A" ? "B" : "A";
        expect(tokens.read(token.slice(0, i) + other + token.slice(i + 1)), `at ${i}`).to.equal(undefined);
      }
    }
  });

  it("are refused when they are junk, without an exception", () => {
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (junk) => tokens.read(junk) === undefined));
    const { token } = issue();
    const plain = formats.plain(token);
    // A generation that is cut off, and one that is inserted before the tag of a token without it.
    const cut = Buffer.from(token, "base64url").toString("base64url", 0, 80);
    const bytes = Buffer.from(plain, "base64url");
    const inserted = Buffer.concat([bytes.subarray(0, 64), Buffer.alloc(4), bytes.subarray(64)]).toString("base64url");
    for (const near of [`${token}=`, ` ${token}`, `${token}\n`, token.slice(1), token + token, cut, inserted]) {
      expect(tokens.read(near)).to.equal(undefined);
    }
  });

  it("need a pepper of 32 bytes and a user id that is a UUID", () => {
    expect(() => new RefreshTokens({ current: Buffer.alloc(31) })).to.throw("at least 32 bytes");
    expect(() => tokens.create("ann")).to.throw("must be a UUID");
  });
});
