import { expect } from "chai";
import fc from "fast-check";
import { ComparisonBudget } from "../../../scripts/plan-review/comparison.ts";
import { evaluate } from "../../../scripts/plan-review/evaluate.ts";
import { findWidenedGrants, type Grant, parseGrants } from "../../../scripts/plan-review/grants.ts";
import { changed, policy, toPlan } from "./plans.ts";

const range = <T>(count: number, create: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => create(index));
const action = (index: number) => `s3:Action${index}`;
const bucket = (index: number) => `arn:aws:s3:::bucket-${index}`;
const allow = (Action: unknown, Resource: unknown, more = {}) => ({ Effect: "Allow", Action, Resource, ...more });
const parse = (statements: readonly object[]): Grant[] => parseGrants(policy(...statements))!;

/** Policies of a size, before and after a change. */
const shapes: Readonly<Record<string, (size: number) => readonly [before: object[], after: object[]]>> = {
  "one statement of many actions and resources": (size) => [
    [allow(range(size, action), range(size, bucket))],
    [allow(range(size, action), range(size + 1, bucket))],
  ],
  "many statements about the same action": (size) => [
    range(size, (index) => allow("s3:Get", bucket(index))),
    range(size, (index) => allow(["s3:Get", "s3:Put"], bucket(index))),
  ],
  "many statements about the same resource": (size) => [
    range(size, (index) => allow(action(index), "bucket")),
    range(size, (index) => allow([action(index), "s3:Put"], "bucket")),
  ],
  "many patterns": (size) => [
    range(size, (index) => allow("s3:*", `${bucket(index)}/*`)),
    range(size, (index) => allow("s3:Get*", [`${bucket(index)}/a/*`, `${bucket(index)}/b`, "other"])),
  ],
  "many conditions": (size) => [
    range(size, (index) => allow("s3:*", bucket(index), { Condition: { StringLike: { a: String(index) } } })),
    range(size, (index) => allow("s3:Get", bucket(index), { Condition: { StringLike: { a: String(index + 1) } } })),
  ],
};

describe("the comparison of policies", () => {
  const countWork = (shape: keyof typeof shapes, size: number): number => {
    const [before, after] = shapes[shape]!(size).map(parse) as [Grant[], Grant[]];
    const budget = new ComparisonBudget();
    expect(findWidenedGrants(before, after, budget).isTruncated).to.equal(false);
    return budget.spent;
  };

  for (const shape of Object.keys(shapes)) {
    it(`does work that grows with their size, not with its square: ${shape}`, () => {
      const [small, large] = [countWork(shape, 100), countWork(shape, 400)];
      expect(small).to.be.above(100);
      expect(large / small).to.be.below(6);
    });
  }

  it("ends at its bound, and says so", () => {
    const wild = (count: number, end: string) => range(count, (index) => `*${"a".repeat(50)}${index}*${end}`);
    const patterns = {
      policy: [policy(allow("s3:Get", wild(600, "b"))), policy(allow("s3:Get", wild(600, "c")))],
    } as const;
    const texts = evaluate([toPlan(changed("aws_iam_role_policy", patterns))]).map(({ text }) => text);
    expect(texts.join("\n")).to.include("allows more: `s3:Get` on `*aaa");
    expect(texts.at(-1)).to.equal("`policy` is too large to compare: some of it may not be new");
  });

  it("takes as new what it did not compare", () => {
    const grants = parse([allow(range(9, action), range(9, bucket))]);
    const wider = parse([allow("s3:*", "*")]);
    expect(findWidenedGrants(wider, grants).allowed).to.deep.equal([]);
    const { allowed, isTruncated } = findWidenedGrants(wider, grants, new ComparisonBudget(1));
    expect(isTruncated).to.equal(true);
    expect(allowed).to.deep.equal(grants);
  });

  it("finds the parts of a statement that several others do not cover", () => {
    const before = parse([allow(["a:A", "a:B"], ["x", "y"]), allow("a:C", "x"), allow("A:c", "z*")]);
    const { allowed } = findWidenedGrants(before, parse([allow(["a:A", "a:B", "a:C"], ["x", "y", "z1"])]));
    const found = allowed.flatMap(({ actions, resources }) =>
      actions.flatMap((each) => resources.map((on) => `${each} ${on}`)),
    );
    expect(found).to.have.members(["a:C y", "a:A z1", "a:B z1"]);
  });

  it("finds the same as a comparison of each action on each resource", () => {
    const some = (...values: string[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1 });
    const statement = fc.tuple(some("a:A", "a:*", "a:B?", "b:A"), some("x", "x/*", "x/y", "*"));
    const statements = fc.array(statement, { minLength: 1, maxLength: 4 });
    const matches = (pattern: string, text: string) =>
      new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", "[^*]")}$`).test(text);
    const expand = (grants: readonly Grant[]) =>
      grants.flatMap(({ actions, resources }) => actions.flatMap((each) => resources.map((on) => [each, on] as const)));
    fc.assert(
      fc.property(statements, statements, (...sides) => {
        const [before, after] = sides.map((each) => parse(each.map(([actions, on]) => allow(actions, on))));
        const isCovered = ([each, on]: readonly [string, string]) =>
          expand(before!).some(([by, at]) => matches(by, each) && matches(at, on));
        const expected = expand(after!).filter((pair) => !isCovered(pair));
        expect(expand(findWidenedGrants(before!, after!).allowed).map(String)).to.have.members(expected.map(String));
      }),
      { numRuns: 500 },
    );
  });
});
