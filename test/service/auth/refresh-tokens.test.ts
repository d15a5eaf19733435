import { randomBytes, randomUUID } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import { RefreshTokens } from "../../../service/auth/refresh-tokens.ts";
import { RefreshTokenFormats } from "../../support/refresh-token-formats.ts";

describe("Refresh tokens", () => {
  const pepper = randomBytes(32);
  const tokens = new RefreshTokens(pepper);
  const formats = new RefreshTokenFormats(pepper);

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

  it("are the same with their generation as without it", () => {
    const { token, session, hash } = tokens.create(randomUUID());
    for (const generation of [0, 1, 2 ** 32 - 1]) {
      const read = tokens.read(formats.numbered(token, generation))!;
      expect(read).to.deep.include({ session, hash, generation });
      expect(read.successor().hash).to.equal(tokens.read(token)!.successor().hash);
    }
    expect(tokens.read(formats.plain(token))).not.to.have.property("generation");
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
    const plain = tokens.create(randomUUID()).token;
    for (const token of [plain, formats.numbered(plain, 7)]) {
      for (let i = 0; i < token.length; i++) {
        const other = token[i] === "A" ? "B" : "A";
        expect(tokens.read(token.slice(0, i) + other + token.slice(i + 1)), `at ${i}`).to.equal(undefined);
      }
    }
  });

  it("are refused when they are junk, without an exception", () => {
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (junk) => tokens.read(junk) === undefined));
    const { token } = tokens.create(randomUUID());
    const numbered = formats.numbered(token, 7);
    // A generation that is cut off, and one that is inserted before the tag of a token without it.
    const cut = Buffer.from(numbered, "base64url").toString("base64url", 0, 80);
    const bytes = Buffer.from(token, "base64url");
    const inserted = Buffer.concat([bytes.subarray(0, 64), Buffer.alloc(4), bytes.subarray(64)]).toString("base64url");
    for (const near of [`${token}=`, ` ${token}`, `${token}\n`, token.slice(1), token + token, cut, inserted]) {
      expect(tokens.read(near)).to.equal(undefined);
    }
  });

  it("need a pepper of 32 bytes and a user id that is a UUID", () => {
    expect(() => new RefreshTokens(Buffer.alloc(31))).to.throw("at least 32 bytes");
    expect(() => tokens.create("ann")).to.throw("must be a UUID");
  });
});
