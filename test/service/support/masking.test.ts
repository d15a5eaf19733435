import { expect } from "chai";
import { maskEmail, maskText } from "../../../service/support/masking.ts";

describe("The masks of support", () => {
  for (const [email, masked] of [
    ["ann@example.com", "a***@e***.com"],
    ["al@x.co", "***@***.co"],
    ["a@mail.example.co.uk", "***@m***.uk"],
    ['"a@b"@example.com', '"***@e***.com'],
    ["🦊fox@bücher.example", "🦊***@b***.example"],
  ] as const) {
    it(`show ${email} as ${masked}`, () => {
      expect(maskEmail(email)).to.equal(masked);
    });
  }

  it("show the first character of a text, and nothing of a short one", () => {
    expect(["Annabel Nguyen", "Al", "", "李小龍", "IT"].map(maskText)).to.deep.equal([
      "A***",
      "***",
      "***",
      "李***",
      "***",
    ]);
  });
});
