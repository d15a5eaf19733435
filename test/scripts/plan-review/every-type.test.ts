import { expect } from "chai";
import fc from "fast-check";
import { evaluate } from "../../../scripts/plan-review/evaluate.ts";
import { toMarkdown } from "../../../scripts/plan-review/markdown.ts";
import type { Attributes } from "../../../scripts/plan-review/resource-change.ts";
import { type Resource, resources } from "../../stacks/rules/resources.ts";
import { wholeApp } from "../../stacks/rules/rule.ts";
import { type PlannedChange, policy, toPlan } from "./plans.ts";

/** The paths of values that are references to other resources as a whole. */
const findReferences = (value: unknown, path: readonly string[] = []): string[][] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, part]) => findReferences(part, [...path, key]))
    : /^\$\{(aws|mongodbatlas|tfe|data)[_.][^}]*\}$/.test(String(value))
      ? [[...path]]
      : [];

/** A copy in which one value differs. */
const replaceAt = (value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown => {
  if (key === undefined) return by;
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[key] = replaceAt(copy[key], rest, by);
  return copy;
};

describe("a review of any resource of our stacks", () => {
  let all: Resource[];
  const references: { resource: Resource; path: string[] }[] = [];
  before(function () {
    this.timeout(60_000);
    all = resources(wholeApp());
    for (const resource of all) {
      for (const path of findReferences(resource.attributes)) {
        if (path[0] !== "tags" && path[0] !== "depends_on") references.push({ resource, path });
      }
    }
  });

  const toChange = ({ address, type, attributes }: Resource, more: Partial<PlannedChange>): PlannedChange => ({
    ...{ address, type, before: attributes, after: attributes },
    ...more,
  });
  const toMove = ({ resource, path }: (typeof references)[number], to: unknown = "another") =>
    toChange(resource, { after: replaceAt(resource.attributes, path, to) as Attributes });

  /** The findings that need attention, or give a reason why not, by address. */
  const expectFindings = (changes: readonly PlannedChange[]) => {
    const plan = toPlan(...changes);
    const findings = evaluate([plan]);
    const found = new Set(findings.map(({ address }) => address));
    expect(changes.map(({ address }) => address).filter((address) => !found.has(address!))).to.deep.equal([]);
    const text = toMarkdown([plan], findings);
    for (const { address } of changes) expect(text).to.include(`\`${address}\``);
  };

  for (const effect of ["destroy", "replace"] as const) {
    it(`has a finding if each is subject to ${effect}, and a warning unless it is harmless for a reason`, () => {
      const types = [...new Map(all.map((resource) => [resource.type, resource])).values()];
      expect(types).to.have.length.above(100);
      expectFindings(types.map((resource) => toChange(resource, { effect })));
      const silent = types.filter((resource) =>
        evaluate([toPlan(toChange(resource, { effect }))]).every(({ severity }) => severity === "info"),
      );
      expect(silent.map(({ type }) => type)).to.have.members([
        "aws_acm_certificate_validation",
        "aws_cloudwatch_dashboard",
        "aws_cloudwatch_query_definition",
      ]);
    });
  }

  it("has a finding for each reference that changes, or is known only after the apply", () => {
    expect(references).to.have.length.above(500);
    const silent = references.filter((reference) => {
      const unknown = reference.path.reduceRight<unknown>(
        (inner, key) => (/^\d+$/.test(key) ? [...Array(Number(key)).fill({}), inner] : { [key]: inner }),
        true,
      );
      return [toMove(reference), { ...toMove(reference, null), unknown }].some(
        (each) => evaluate([toPlan(each)]).length === 0,
      );
    });
    const kinds = silent.map(
      ({ resource, path }) => `${resource.type} ${path.filter((key) => !/^\d/.test(key)).join(".")}`,
    );
    expect([...new Set(kinds)]).to.deep.equal([]);
  });

  it("shows no value that is sensitive", () => {
    const texts = [
      "hunter2",
      "arn:aws:iam::999999999999:role/hunter2",
      "https://hunter2.example/hunter2",
      policy({
        Effect: "Allow",
        Action: "hunter2:*",
        Resource: "*",
        Principal: "*",
        Condition: { StringLike: { "a:sub": "hunter2" } },
      }),
    ];
    const fill = (value: unknown, text: string): unknown =>
      Array.isArray(value)
        ? value.map((part) => fill(part, text))
        : typeof value === "object" && value !== null
          ? Object.fromEntries(Object.entries(value).map(([key, part]) => [key, fill(part, text)]))
          : typeof value === "number"
            ? 4_711_000
            : typeof value === "string"
              ? text
              : value;
    const types = [...new Map(all.map((resource) => [resource.type, resource])).values()];
    let count = 0;
    for (const text of texts) {
      const changes = types.flatMap((resource) => {
        const filled = fill(resource.attributes, text) as Attributes;
        const marks = [true, Object.fromEntries(Object.keys(filled).map((name) => [name, true]))];
        return marks.flatMap((sensitive) => [
          toChange(resource, { after: filled, sensitive }),
          toChange(resource, { before: filled, sensitive }),
          toChange(resource, { after: filled, sensitive, effect: "create" }),
          toChange(resource, { before: filled, sensitive, effect: "destroy" }),
          toChange(resource, { after: filled, sensitive, effect: "replace" }),
        ]);
      });
      const plan = toPlan(...changes);
      const findings = evaluate([plan]);
      count += findings.length;
      expect(findings.map((finding) => finding.text).filter((each) => /hunter2|4711000/.test(each))).to.deep.equal([]);
      expect(toMarkdown([plan], findings)).to.not.match(/hunter2|4711000/);
    }
    expect(count).to.be.above(1_000);
  });

  it("has each destruction, replacement and changed reference of a random plan in its text", () => {
    const one = fc.tuple(fc.nat(), fc.constantFrom("destroy", "replace", "move"));
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 40 }), (picks) => {
        const changes = picks.map(([index, effect]) =>
          effect === "move"
            ? toMove(references[index % references.length]!)
            : toChange(all[index % all.length]!, { effect: effect as "destroy" }),
        );
        expectFindings(changes);
      }),
      { numRuns: 100 },
    );
  });
});
