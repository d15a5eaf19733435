import { expect } from "chai";
import { type Colour, lineColours, surfaces } from "../../../scripts/diagram/colours.ts";
import { getContrast } from "../../support/contrast.ts";

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
