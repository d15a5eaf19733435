import { expect } from "chai";
import { displayName, email } from "../../../service/users/schemas.ts";

const findComplaints = (schema: typeof displayName | typeof email, value: unknown) =>
  schema.safeParse(value).error?.issues.map(({ message }) => message);

describe("A display name", () => {
  for (const [what, name] of [
    ["of 100 letters", "a".repeat(100)],
    ["of 100 emoji, 200 UTF-16 units", "\u{1f600}".repeat(100)],
    ["of one emoji of a family, joined by invisible characters", "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}"],
    ["in Arabic with a mark of direction", "\u0622\u0646\u200f"],
    ["in Thai, with marks above its letters", "\u0e19\u0e49\u0e33"],
  ] as const) {
    it(`${what} is accepted`, () => expect(findComplaints(displayName, name)).to.equal(undefined));
  }

  for (const [what, name, complaint] of [
    ["of 101 letters", "a".repeat(101), "has more than 100 characters"],
    ["of 101 emoji", "\u{1f600}".repeat(101), "has more than 100 characters"],
    ...["", "   ", "\u200b", "\u00ad", "\u3164", "\u115f", "\u034f", "\ufe0f", "\u2800", "\u0301", "\u200e \u200f"].map(
      (name) => [`of ${toNumbers(name)}`, name, "must have a visible character"] as const,
    ),
    ...["\u202a", "\u202e", "\u2066", "\u2069"].map(
      (control) => [`with ${toNumbers(control)}`, `An${control}n`, "must not change the direction of writing"] as const,
    ),
    ["with a line break", "An\nn", "must not contain control characters"],
    ["with half a surrogate pair", "An\ud83d", "contains half a surrogate pair"],
  ] as const) {
    it(`${what} is refused`, () => expect(findComplaints(displayName, name)).to.deep.equal([complaint]));
  }

  it("is composed and trimmed", () => expect(displayName.parse(" Zoe\u0308 ")).to.equal("Zo\u00eb"));
});

describe("An e-mail address", () => {
  it("over 254 bytes is refused before its domain is looked at", () => {
    const domain = Array.from({ length: 30_000 }, (_, n) => String.fromCodePoint(0x4e00 + (n % 20_000)));
    const started = process.cpuUsage().user;
    expect(findComplaints(email, `ann@${domain.join("")}.example`)).to.deep.equal(["has more than 254 bytes"]);
    expect(process.cpuUsage().user - started).to.be.below(100_000);
  });
});

/** For a title: characters that cannot be seen, by their numbers. */
function toNumbers(text: string): string {
  const numbers = [...text].map((character) => `U+${character.codePointAt(0)!.toString(16).padStart(4, "0")}`);
  return numbers.join(" ") || "nothing";
}
