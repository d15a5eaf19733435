import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { resources } from "../stacks/rules/resources.ts";
import { allStacks } from "../stacks/rules/rule.ts";

const root = join(import.meta.dirname, "..", "..");
const folder = join(root, "runbooks");
const pages = readdirSync(folder);
const text = (page: string) => readFileSync(join(folder, page), "utf8");

/** Targets of a page's links to other files. */
const links = (page: string): string[] =>
  [...text(page).matchAll(/\]\(([^)#:]+)\)/g)].map(([, target]) => target!);

describe("runbooks", () => {
  it("are all in the index", () => {
    const others = pages.filter((page) => page !== "README.md");
    expect(links("README.md")).to.include.members(others);
  });

  it("link to pages that exist", () => {
    const broken = pages.flatMap((page) =>
      links(page)
        .filter((target) => !existsSync(join(folder, target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(broken).to.deep.equal([]);
  });

  it("exist for every alarm, under the path at the end of its text", () => {
    const alarms = resources(allStacks(), "aws_cloudwatch_metric_alarm");
    expect(alarms).to.not.be.empty;
    const without = alarms.filter(({ attributes }) => {
      const path = /runbooks\/[\w-]+\.md$/.exec(attributes.alarm_description)?.[0];
      return !path || !existsSync(join(root, path));
    });
    expect(without.map(({ address }) => address)).to.deep.equal([]);
  });

  it("say first what is seen, then how to decide, what to do, and how to check that it worked", () => {
    for (const page of pages.filter((name) => name !== "README.md")) {
      const headings = [...text(page).matchAll(/^## (.+?)(?: \(.*\))?$/gm)].map(([, heading]) => heading);
      expect(headings.slice(0, 2), page).to.deep.equal(["First look", "Decide"]);
      expect(headings, page).to.include("How to check");
    }
  });

  it("name saved queries that the stacks have", () => {
    const saved = resources(allStacks(), "aws_cloudwatch_query_definition")
      .map(({ attributes }) => attributes.name as string)
      .filter((name) => name.startsWith("ecobeat-production/"));
    const named = pages.flatMap((page) =>
      [...text(page).matchAll(/`ecobeat-<environment>\/([^`]+)`/g)].map(
        ([, query]) => `ecobeat-production/${query}`,
      ),
    );
    expect(saved).to.include.members(named);
  });
});
