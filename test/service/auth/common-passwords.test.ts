import { expect } from "chai";
import { isCommon } from "../../../service/auth/common-passwords.ts";

describe("A password is common", () => {
  for (const password of [
    "password",
    "PassWord1",
    "12345678",
    "qwertyuiop",
    "iloveyou",
    "ecobeat1",
    "EcoBeat!!!",
  ]) {
    it(`if it is ${password}`, () => expect(isCommon(password, [])).to.equal(true));
  }

  it("if it is little more than what is known of the user", () => {
    expect(isCommon("annabella1", ["Annabella"])).to.equal(true);
    expect(isCommon("annabella.b", ["Annabella", "annabella.b"])).to.equal(true);
    expect(isCommon("annabella has 3 cats", ["Annabella"])).to.equal(false);
  });

  it("not because a short name is part of it", () => {
    expect(isCommon("planning2x", ["Ann"])).to.equal(false);
  });

  for (const password of [
    "a long passphrase",
    "correct horse battery staple",
    "xK3#pq9Lm",
    "caf\u00e9 au lait",
  ]) {
    it(`not if it is ${password}`, () => expect(isCommon(password, ["Ann"])).to.equal(false));
  }
});
