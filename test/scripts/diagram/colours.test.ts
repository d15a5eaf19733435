import { expect } from "chai";
import { type Colour, lineColours, surfaces } from "../../../scripts/diagram/colours.ts";

/** The relative luminance of WCAG 2.2. */
function getLuminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((start) => Number.parseInt(colour.slice(start, start + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function getContrast(one: string, other: string): number {
  const [low = 0, high = 0] = [getLuminance(one), getLuminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

describe("The colours of the diagrams", () => {
  for (const theme of ["light", "dark"] as const) {
    const contrast = (one: Colour, other: Colour) => getContrast(one[theme], other[theme]);

    it(`have the contrast of WCAG's level AA on ${theme} paper`, () => {
      const { paper, ink, soft, card, edge } = surfaces;
      for (const [text, behind] of [
        [ink, paper],
        [ink, card],
        [soft, paper],
        [soft, card],
      ] as const) {
        expect(contrast(text, behind)).to.be.at.least(4.5);
      }
      for (const line of [edge, ...lineColours]) expect(contrast(line, paper), line[theme]).to.be.at.least(3);
    });
  }
});
