import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { runbookFolder } from "../../scripts/drill/runbook.ts";
import { toTargets, withLinks } from "../../scripts/workflows/runbook-links.ts";
import { environments } from "../../stacks/environments/index.ts";
import { staging } from "../../stacks/environments/staging.ts";
import { resources } from "../stacks/rules/resources.ts";
import { allStacks } from "../stacks/rules/rule.ts";

const pages = readdirSync(runbookFolder).filter((name) => name !== "README.md");
const targets = Object.values(environments).flatMap((environment) => Object.entries(toTargets(environment)));

/** Labels of links whose text and target a reader does not get. */
const findMissing = (markdown: string): string[] => {
  const [, paragraph = ""] = /^# [^\n]+\n\n.+?\n\n(.+?)\n\n## /s.exec(markdown) ?? [];
  return targets
    .filter(([label, url]) => {
      const isUsed = paragraph.replaceAll("\n", " ").includes(`][${label}]`);
      return !isUsed || !markdown.split("\n").includes(`[${label}]: ${url}`);
    })
    .map(([label]) => label);
};

describe("runbooks link to the dashboard, the saved queries and the pipeline of each environment", () => {
  for (const page of pages) {
    it(`${page}: otherwise run \`npm run generate:workflows\``, () => {
      const markdown = readFileSync(join(runbookFolder, page), "utf8");
      expect(findMissing(markdown)).to.deep.equal([]);
      expect(withLinks(markdown, Object.values(environments))).to.equal(markdown);
    });
  }

  it("of a new one before those of the others, and no longer of a removed one", () => {
    const markdown = readFileSync(join(runbookFolder, pages[0]!), "utf8");
    const more = withLinks(markdown, [...Object.values(environments), { ...staging, name: "qa" }]);
    expect(more).to.match(/\n\nQa: \[dashboard\]\[qa dashboard\], .*\nProduction: /);
    expect(more).to.match(/\n\[qa pipeline\]: .*\/qa\.yml\n/);
    expect(withLinks(more, Object.values(environments))).to.equal(markdown);
  });

  it("which exist: the dashboards in the stacks, and the workflows", () => {
    const dashboards = resources(allStacks(), "aws_cloudwatch_dashboard").map(
      ({ attributes }) => `#dashboards/dashboard/${attributes.dashboard_name}`,
    );
    for (const { name, region } of Object.values(environments)) {
      expect(dashboards).to.include(`#dashboards/dashboard/ecobeat-${name}-${region}`);
      expect(existsSync(join(runbookFolder, "..", ".github", "workflows", `${name}.yml`))).to.equal(true);
    }
  });

  const [page] = pages.map((name) => readFileSync(join(runbookFolder, name), "utf8"));
  for (const [mistake, markdown, label] of [
    [
      "a link to the dashboard of another name",
      page!.replaceAll("/ecobeat-production-", "/ecobeat-prod-"),
      "production dashboard",
    ],
    ["no target", page!.replace(/^\[staging queries\]: .*$/m, ""), "staging queries"],
    ["a target that nothing links to", page!.replace("][staging pipeline]", "]"), "staging pipeline"],
  ] as const) {
    it(`would be refused with ${mistake}`, () => {
      expect(findMissing(markdown)).to.deep.equal([label]);
    });
  }
});
