import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { runbookFolder } from "../../scripts/drill/runbook.ts";
import { environments } from "../../stacks/environments/index.ts";
import { toRunbookUrl } from "../../stacks/environments/shared.ts";
import { resources } from "../stacks/rules/resources.ts";
import { allStacks } from "../stacks/rules/rule.ts";

const pages = readdirSync(runbookFolder).filter((name) => name !== "README.md");
/** The repository on the Git host, which the alarms link to. */
const [repository] = toRunbookUrl("waf").split("/blob/");

/** Where an engineer looks first, by the label of the link. */
const targets: readonly (readonly [label: string, url: string])[] = Object.values(environments).flatMap(
  ({ name, region }) => {
    const console = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}`;
    return [
      [`${name} dashboard`, `${console}#dashboards/dashboard/ecobeat-${name}-${region}`],
      [`${name} queries`, `${console}#logsV2:logs-insights`],
      [`${name} pipeline`, `${repository}/actions/workflows/${name}.yml`],
    ] as const;
  },
);

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
    it(page, () => {
      expect(findMissing(readFileSync(join(runbookFolder, page), "utf8"))).to.deep.equal([]);
    });
  }

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
