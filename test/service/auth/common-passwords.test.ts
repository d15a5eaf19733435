import { expect } from "chai";
import { isCommonPassword } from "../../../service/auth/common-passwords.ts";

describe("A password is common", () => {
  for (const password of "password PassWord1 12345678 qwertyuiop iloveyou ecobeat1 EcoBeat!!!".split(" ")) {
    it(`if it is ${password}`, () => expect(isCommonPassword(password, [])).to.equal(true));
  }

  it("if it is little more than what is known of the user", () => {
    expect(isCommonPassword("annabella1", ["Annabella"])).to.equal(true);
    expect(isCommonPassword("annabella.b", ["Annabella", "annabella.b"])).to.equal(true);
    expect(isCommonPassword("annabella has 3 cats", ["Annabella"])).to.equal(false);
  });

  const known = ["Ann-Marie O'Connor Smith", "connor.smithson_77"];
  for (const password of [
    "smith123",
    "Smith!2024",
    "123smith456",
    "smithson1",
    "connor77",
    "marie&smith1",
    "ann-marie o'connor smith",
    "connor.smithson_77!",
    "smithsmith1",
  ]) {
    it(`if it is little more than a word of the name or address: ${password}`, () =>
      expect(isCommonPassword(password, known)).to.equal(true));
  }

  for (const password of [
    "smith plays the tuba",
    "the blacksmith sleeps",
    "marigold lantern",
    "annotated2x",
    "the o'connor boat club",
  ]) {
    it(`not if a word of the name or address is only a part of it: ${password}`, () =>
      expect(isCommonPassword(password, known)).to.equal(false));
  }

  it("by words in any script", () => {
    expect(isCommonPassword("петров123", ["Анна Петров"])).to.equal(true);
    expect(isCommonPassword("müller-99", ["Jo Müller"])).to.equal(true);
  });

  it("not because a short name is part of it", () => {
    expect(isCommonPassword("planning2x", ["Ann"])).to.equal(false);
  });

  for (const password of ["a long passphrase", "correct horse battery staple", "xK3#pq9Lm", "caf\u00e9 au lait"]) {
    it(`not if it is ${password}`, () => expect(isCommonPassword(password, ["Ann"])).to.equal(false));
  }
});
