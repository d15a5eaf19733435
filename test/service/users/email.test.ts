import { expect } from "chai";
import fc from "fast-check";
import { canonicalEmail } from "../../../service/users/email.ts";

describe("The canonical form of an e-mail address", () => {
  const one = "jos\u00e9@example.com";
  for (const [what, address] of [
    ["upper case", "JOS\u00c9@EXAMPLE.COM"],
    ["a decomposed accent", "jose\u0301@example.com"],
    ["full-width letters", "\uff4aos\u00e9@example.com"],
    ["a full-width domain", "jos\u00e9@\uff45xample.com"],
  ] as const) {
    it(`is the same for ${what}`, () => expect(canonicalEmail(address)).to.equal(one));
  }

  for (const [what, one, other] of [
    ["a domain in Unicode and in ASCII", "ann@B\u00dcCHER.example", "ann@xn--bcher-kva.example"],
    ["a domain with \u00df in Unicode and in ASCII", "ann@stra\u00dfe.example", "ann@xn--strae-oqa.example"],
    ["both sigmas", "\u03b1\u03c2.\u03b2@x.gr", "\u0391\u03a3.\u0392@X.GR"],
    ["\u00df, its capital and SS", "stra\u00dfe@x.de", "STRASSE@x.de"],
    ["capital \u00df and SS", "stra\u1e9ee@x.de", "STRASSE@x.de"],
    ["mathematical letters", "\u{1d400}\u{1d427}n@x.com", "ann@x.com"],
    ["a letter that has no single capital", "\u0390@x.gr", "\u0390@x.gr".toUpperCase()],
  ] as const) {
    it(`is the same for ${what}`, () => {
      expect(canonicalEmail(one)).to.be.a("string").that.equals(canonicalEmail(other));
    });
  }

  for (const junk of [
    "",
    "ann",
    "@example.com",
    "ann@",
    "ann@localhost",
    "a b@example.com",
    "ann@exa mple.com",
    "ann\u0000@example.com",
    "ann\u200b@example.com",
    "ann@@example.com",
    "ann\uff20x@example.com",
    '"ann"@example.com',
    "<ann@example.com>",
    "ann,bob@example.com",
    // What the parser of a URL's host would make into ann@victim.com.
    "ann@victim.com#x",
    "ann@victim.com/evil",
    "ann@victim.com?x",
    "ann@victim.com\\x",
    "ann@victim.com:80",
    "ann@vic%74im.com",
    "ann@vic\r\ntim.com",
    "ann@vic\ttim.com",
    "ann@xn--victim-.com",
    "ann@127.0.0.1",
    "ann@0x7f.1",
    "ann@[127.0.0.1]",
    "ann@example.1",
    "ann@example.com.",
    "ann@.example.com",
    "ann@example..com",
    "ann@-example.com",
    "ann@example-.com",
    "ann@ex_ample.com",
    "ann@xn--a.com",
    `ann@${"a".repeat(64)}.com`,
    `ann@${"a.".repeat(126)}com`,
    ".ann@example.com",
    "ann.@example.com",
    "a..nn@example.com",
    `${"a".repeat(65)}@example.com`,
    `${"\u00e9".repeat(33)}@example.com`,
    // Nothing of these is seen.
    "ann\ufe0f@example.com",
    "ann\u034f@example.com",
    "ann\u3164@example.com",
    "ann\u115f@example.com",
    "ann\u00ad@example.com",
    "ann@exam\u00adple.com",
    "ann@exam\ufe0fple.com",
    "ann@exam\u115fple.com",
    "\u1fb3\u0301@example.com",
  ]) {
    it(`refuses ${JSON.stringify(junk)}`, () => expect(canonicalEmail(junk)).to.equal(undefined));
  }

  for (const address of [
    `${"a".repeat(64)}@example.com`,
    `ann@${"a".repeat(63)}.com`,
    `ann@${"a.".repeat(125)}com`,
    "o'neil+tag/x=y@sub-domain.example.co",
  ]) {
    it(`accepts ${address.slice(0, 40)}`, () => expect(canonicalEmail(address)).to.equal(address));
  }

  /** Letters whose case or normal form is out of the ordinary, among any others. */
  const letters = fc.oneof(
    fc.constantFrom(
      ..."\u03b1\u03c2\u03a3\u0390\u03b0\u00df\u1e9e\u017f\u212a\u0130\u0131\u01f0\u00e9e\u0301\u0323\ufb01\uff21\u{1d400}\u1d2c.-",
    ),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
  );
  const part = fc.string({ unit: letters, minLength: 1, maxLength: 8 });
  const addresses = fc.oneof(
    fc.emailAddress(),
    fc.tuple(part, part).map(([local, label]) => `${local}@${label}.example`),
  );

  it("is the same for every spelling, and canonical itself, for any address", () => {
    fc.assert(
      fc.property(addresses, (address) => {
        const canonical = canonicalEmail(address);
        fc.pre(canonical !== undefined);
        for (const spelling of [
          canonical,
          address.toUpperCase(),
          address.toLowerCase(),
          address.normalize("NFD"),
          address.normalize("NFKC"),
        ]) {
          expect(canonicalEmail(spelling), JSON.stringify(spelling)).to.equal(canonical);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
