import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { parseRunbook } from "../../scripts/drill/runbook.ts";

const page = parseRunbook("bootstrap", readFileSync(join(import.meta.dirname, "../../docs/bootstrap.md"), "utf8"));
const steps = page.sections.flatMap(({ heading, steps }) =>
  steps.map((step) => ({ ...step, title: `${heading}, step ${step.number}` })),
);

describe("Each step of the bootstrap page", () => {
  it("is numbered in its section", () => {
    for (const { heading, steps } of page.sections) {
      expect(
        steps.map(({ number }) => number),
        heading,
      ).to.deep.equal(steps.map((_, index) => index + 1));
    }
    expect(steps).to.have.length.greaterThan(15);
  });

  for (const { title, minutes, text, commands, outcomes } of steps) {
    it(`says the minutes, the credentials and what you should see: ${title}`, () => {
      expect(minutes).to.be.greaterThan(0);
      expect(text).to.match(/^Credentials: [^.]+\. |^.*\. Credentials: [^.]+\. /);
      // A step without a command is done in a browser, and the next one shows whether it was.
      if (commands.length > 0) expect(outcomes.at(-1)).to.match(/^You should see /);
    });
  }
});
