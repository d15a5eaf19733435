import fc from "fast-check";

const surrogates = { first: 0xd800, count: 0x800 };

const codePoint = fc
  .oneof(fc.integer({ min: 0, max: 0x7f }), fc.integer({ min: 0, max: 0x10ffff - surrogates.count }))
  .map((index) => String.fromCodePoint(index < surrogates.first ? index : index + surrogates.count));

/** Text of any code points, half of them ASCII. For its own, `fc.string` first lists all 1.1 million of them. */
export const anyText = (maxLength: number): fc.Arbitrary<string> =>
  fc.array(codePoint, { maxLength }).map((points) => points.join(""));
