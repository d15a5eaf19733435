import { expect } from "chai";
import { environments } from "../../../stacks/environments/index.ts";
import { shareText } from "../../support/shared-folder.ts";
import { type Stacks, synthesizeAll } from "../../support/synthesize.ts";
import { type Break, type Resource, resources } from "./resources.ts";

/** A property of all resources of all stacks. */
export interface Rule {
  /** One sentence. */
  readonly name: string;
  /** The violations, one line for each resource, beginning with its address. */
  readonly check: (stacks: Stacks) => string[];
}

type Passes = (resource: Resource, stacks: Stacks) => boolean | undefined;

/** A rule that each resource of some types follows. */
export const resourceRule = (name: string, types: string | readonly string[], passes: Passes): Rule => ({
  name,
  check: (stacks) =>
    resources(stacks, ...[types].flat())
      .filter((resource) => !passes(resource, stacks))
      .map(({ address }) => address),
});

/** A rule with a condition for each resource type. */
export const rulesByType = (name: string, conditions: Readonly<Record<string, Passes>>): Rule => ({
  name,
  check: (stacks) =>
    Object.entries(conditions).flatMap(([type, passes]) => resourceRule(name, type, passes).check(stacks)),
});

/** As JSON, of which a copy takes half the time of a structured clone. */
let synthesized: string | undefined;

/** A copy of the synthesized stacks of all environments, which a test may change. */
export function allStacks(): Stacks {
  const { "ecobeat-hcp-terraform": _, ...stacks } = wholeApp();
  return stacks;
}

/** The same, with the stack of HCP Terraform itself. */
export function wholeApp(): Stacks {
  synthesized ??= shareText("stacks.json", () => JSON.stringify(synthesizeAll(Object.values(environments))));
  return JSON.parse(synthesized);
}

/**
 * Tests that a rule holds for all stacks, and that it detects each of the given changes.
 *
 * @param getStacks a copy of the stacks. @default those of all environments
 */
export function testRule(rule: Rule, breaks: Readonly<Record<string, Break>>, getStacks = allStacks): void {
  describe(rule.name, () => {
    it("holds for every resource of every stack", () => {
      expect(rule.check(getStacks())).to.deep.equal([]);
    });
    for (const [way, change] of Object.entries(breaks)) {
      it(`detects ${way}`, () => {
        const stacks = getStacks();
        change(stacks);
        expect(rule.check(stacks)).to.not.be.empty;
      });
    }
  });
}
