import { randomBytes } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import { formatPepperParameter, parsePepperParameter, readPeppers } from "../../../service/auth/peppers.ts";

/** One in three has no padding in base64. */
const pepper = fc.uint8Array({ minLength: 32, maxLength: 48 }).map((bytes) => Buffer.from(bytes).toString("base64"));
const decode = (text: string) => Buffer.from(text, "base64");
const parameter = fc.record(
  { current: pepper, next: pepper, previous: pepper, changedAt: fc.constant("2026-11-30T05:00:00.000Z") },
  { requiredKeys: ["current"] },
);

describe("The parameter of peppers", () => {
  it("is read as it was written", () => {
    fc.assert(
      fc.property(parameter, (stages) => {
        const { changedAt, ...peppers } = stages;
        const value = formatPepperParameter(stages);
        expect(parsePepperParameter(value)!.changedAt).to.equal(changedAt);
        const { current, next, previous } = readPeppers(value)!;
        const texts = [current, next, previous].map((bytes) => bytes?.toString("base64"));
        expect(texts).to.deep.equal([peppers.current, peppers.next, peppers.previous]);
      }),
    );
  });

  it("is the current pepper to a release that decodes all of it as base64", () => {
    fc.assert(
      fc.property(parameter, (stages) => {
        expect(decode(formatPepperParameter(stages)).toString("base64")).to.equal(stages.current);
      }),
    );
  });

  it("is refused if it is malformed, or a pepper is too short", () => {
    const [long, short] = [randomBytes(32).toString("base64"), randomBytes(31).toString("base64")];
    const stages = (members: object) => `${long};${JSON.stringify(members)}`;
    expect(readPeppers(`${long}\n`)).to.deep.equal({ current: decode(long), next: undefined, previous: undefined });
    for (const value of [
      ...["", short, "{}", `${long};`, `${long};null`, `${long};1`, `${long} ${long}`, `;{"next":"${long}"}`],
      ...[stages({ next: short }), stages({ previous: short }), stages({ next: 1 }), stages({ next: null })],
    ]) {
      expect(readPeppers(value), value).to.equal(undefined);
    }
  });
});
