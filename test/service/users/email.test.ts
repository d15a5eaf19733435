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

  it("is the same for a domain in Unicode and in ASCII", () => {
    expect(canonicalEmail("ann@B\u00dcCHER.example")).to.equal(canonicalEmail("ann@xn--bcher-kva.example"));
  });

  it("tells different people apart", () => {
    expect(canonicalEmail("ann@example.com")).not.to.equal(canonicalEmail("anne@example.com"));
  });

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
  ]) {
    it(`refuses ${JSON.stringify(junk)}`, () => expect(canonicalEmail(junk)).to.equal(undefined));
  }

  it("is canonical itself, whatever the address", () => {
    fc.assert(
      fc.property(fc.emailAddress(), (address) => {
        const canonical = canonicalEmail(address);
        fc.pre(canonical !== undefined);
        expect(canonicalEmail(canonical)).to.equal(canonical);
        expect(canonicalEmail(address.toUpperCase())).to.equal(canonical);
      }),
    );
  });
});
