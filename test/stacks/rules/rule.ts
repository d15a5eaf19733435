import { expect } from "chai";
import { environments } from "../../../stacks/environments/index.ts";
import { type Stacks, synthesize } from "../../support/synthesize.ts";
import { type Resource, resources } from "./resources.ts";

/** A property of all resources of all stacks. */
export interface Rule {
  /** One sentence. */
  readonly name: string;
  /** What is wrong, one line for each resource, beginning with its address. Empty when all is well. */
  readonly check: (stacks: Stacks) => string[];
}

/** A rule that each resource of some types follows. */
export const resourceRule = (
  name: string,
  types: string | readonly string[],
  passes: (resource: Resource, stacks: Stacks) => boolean | undefined,
): Rule => ({
  name,
  check: (stacks) =>
    resources(stacks, ...[types].flat())
      .filter((resource) => !passes(resource, stacks))
      .map(({ address }) => address),
});

let synthesized: Stacks | undefined;

/** A copy, to be changed at will, of what the table of environments synthesizes to. */
export function allStacks(): Stacks {
  synthesized ??= synthesize(Object.values(environments));
  return structuredClone(synthesized);
}

/**
 * Tests that a rule holds for all stacks, and that it does not once they have been broken in each of the given ways.
 *
 * @param breaks what each way does, in words, and the change that does it
 */
export function testRule(rule: Rule, breaks: Readonly<Record<string, (stacks: Stacks) => void>>): void {
  describe(rule.name, () => {
    it("holds for every resource of every stack", () => {
      expect(rule.check(allStacks())).to.deep.equal([]);
    });
    for (const [way, change] of Object.entries(breaks)) {
      it(`notices ${way}`, () => {
        const stacks = allStacks();
        change(stacks);
        expect(rule.check(stacks)).to.not.be.empty;
      });
    }
  });
}
