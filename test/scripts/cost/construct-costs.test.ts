import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TerraformResource, TerraformStack, Testing } from "cdktf";
import { expect } from "chai";
import type { IConstruct } from "constructs";
import { estimate } from "../../../scripts/cost/estimate.ts";
import { environments } from "../../../stacks/environments/index.ts";
import { createApp, withoutCreationStacks } from "../../support/synthesize.ts";

const folder = join(import.meta.dirname, "..", "..", "..", "stacks", "constructs");

const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => readFileSync(join(folder, file), "utf8"));

/** Idle costs in the doc comments of classes, by class. */
function findFigures(source: string): Record<string, string> {
  const classes = source.matchAll(/\/\*\*((?:(?!\*\/).)*)\*\/\nexport class (\w+)/gs);
  return Object.fromEntries(
    [...classes].flatMap(([, comment, name]) =>
      [...comment!.matchAll(/Costs about \$([\d.]+) a month idle\./g)].map(([, usd]) => [name!, usd!]),
    ),
  );
}

const twoDigits = new Intl.NumberFormat("en", { maximumSignificantDigits: 2, useGrouping: false });

/** The idle cost of the most expensive instance of each class that costs more than a dollar, in US dollars a month. */
function computeFigures(): Record<string, string> {
  const outdir = mkdtempSync(join(tmpdir(), "ecobeat-costs-"));
  const usd = new Map<string, number>();
  const costs: Record<string, number> = {};
  try {
    const app = createApp(outdir, Object.values(environments));
    for (const name of Object.keys(environments)) {
      const stacks = app.node.children.filter(({ node }) => node.id.startsWith(`ecobeat-${name}-`));
      const configurations = stacks.map((stack) => [stack.node.id, JSON.parse(Testing.synth(stack as TerraformStack))]);
      for (const { stack, type, id, usd: costPerRate } of estimate(Object.fromEntries(configurations)).resources) {
        usd.set(`${stack} ${type}.${id}`, costPerRate[0]!);
      }
    }
    const getCost = (construct: IConstruct): number =>
      construct instanceof TerraformResource
        ? (usd.get(
            `${TerraformStack.of(construct).node.id} ${construct.terraformResourceType}.${construct.friendlyUniqueId}`,
          ) ?? 0)
        : construct.node.children.reduce((total, child) => total + getCost(child), 0);
    for (const construct of app.node.children.flatMap((stack) => stack.node.findAll().slice(1))) {
      const { name } = construct.constructor;
      if (!(construct instanceof TerraformResource)) costs[name] = Math.max(costs[name] ?? 0, getCost(construct));
    }
  } finally {
    rmSync(outdir, { recursive: true });
  }
  return Object.fromEntries(
    Object.entries(costs)
      .filter(([, cost]) => cost > 1)
      .map(([name, cost]) => [name, twoDigits.format(cost)]),
  );
}

describe("idle costs in the doc comments of constructs", () => {
  it("are those of the estimate, for each construct of more than a dollar a month", () => {
    expect(Object.assign({}, ...sources.map(findFigures))).to.deep.equal(withoutCreationStacks(computeFigures));
  });

  it("have one form", () => {
    const mentions = sources.flatMap((source) => source.match(/Costs about .*/g) ?? []);
    expect(mentions.filter((mention) => !/^Costs about \$[\d.]+ a month idle\./.test(mention))).to.deep.equal([]);
  });
});
