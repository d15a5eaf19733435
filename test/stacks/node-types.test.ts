import { App, Testing } from "cdktf";
import { expect } from "chai";
import { type AtlasInstanceSize, atlasInstanceSizes, getAtlasTier } from "../../stacks/atlas-tiers.ts";
import { type CacheNodeType, cacheNodeTypes, getCacheNode } from "../../stacks/cache-nodes.ts";
import { DatabaseStack } from "../../stacks/database.ts";
import { checkEnvironment } from "../../stacks/environment-checks.ts";
import { production } from "../../stacks/environments/production.ts";
import type { Environment } from "../../stacks/environments.ts";
import { FoundationStack } from "../../stacks/foundation.ts";
import { type Stacks, withoutCreationStacks } from "../support/synthesize.ts";
import { watchedResources } from "./rules/alarms.ts";
import { resources } from "./rules/resources.ts";

const withNode = (nodeType: CacheNodeType): Environment => ({
  ...production,
  cache: { ...production.cache, nodeType },
});

const withTier = (instanceSize: AtlasInstanceSize): Environment => {
  if (production.database.kind === "flex") throw new Error("Production has a replica set.");
  return { ...production, database: { ...production.database, instanceSize } };
};

const synthesize = (environment: Environment): Stacks =>
  withoutCreationStacks(() => {
    const app = new App();
    const foundation = new FoundationStack(app, environment);
    const database = new DatabaseStack(app, environment, { foundation });
    return Object.fromEntries([foundation, database].map((stack) => [stack.node.id, JSON.parse(Testing.synth(stack))]));
  });

const getFamily = (type: CacheNodeType): string => type.split(".")[1]!;

/** The last type of each key. */
const pick = (toKey: (type: CacheNodeType) => unknown): CacheNodeType[] => [
  ...new Map(cacheNodeTypes.map((type) => [toKey(type), type])).values(),
];

/** One type of each family, and one of each kind of alarms. */
const differentNodes = new Set([
  ...pick(getFamily),
  ...pick((type) => getCacheNode(type).creditsPerHour ?? (getCacheNode(type).vcpus > 2 ? "many vCPUs" : "two vCPUs")),
]);

describe("types of nodes and cluster tiers", () => {
  it("can all be entered", () => {
    for (const type of cacheNodeTypes) checkEnvironment(withNode(type));
    for (const tier of atlasInstanceSizes) checkEnvironment(withTier(tier));
    expect([cacheNodeTypes.length, atlasInstanceSizes.length]).to.deep.equal([53, 18]);
  });

  it("have the properties of their size: a larger one has no less of anything", () => {
    for (const family of new Set(cacheNodeTypes.map(getFamily))) {
      const nodes = cacheNodeTypes.filter((type) => getFamily(type) === family).map(getCacheNode);
      for (const [index, node] of nodes.slice(1).entries()) {
        expect(node.memoryBytes).to.be.greaterThan(nodes[index]!.memoryBytes);
        expect(node.vcpus).to.be.least(nodes[index]!.vcpus);
      }
    }
    for (const letter of ["M", "R"]) {
      const tiers = atlasInstanceSizes.filter((tier) => tier.startsWith(letter)).map(getAtlasTier);
      for (const [index, tier] of tiers.slice(1).entries()) {
        const before = tiers[index]!;
        expect(tier.connections).to.be.least(before.connections);
        expect(tier.memoryGb).to.be.greaterThan(before.memoryGb);
        expect(tier.includedDiskGb).to.be.greaterThan(before.includedDiskGb);
        expect(tier.maxDiskGb).to.be.least(before.maxDiskGb).and.least(tier.includedDiskGb);
      }
    }
  });

  for (const type of differentNodes) {
    it(`synthesize with the alarms of ${type}`, () => {
      const stacks = synthesize(withNode(type));
      expect(watchedResources.check(stacks)).to.deep.equal([]);
      const credits = resources(stacks, "aws_cloudwatch_metric_alarm").filter(({ attributes }) =>
        attributes.alarm_name.endsWith("-redis-cpu-credits"),
      );
      expect(credits).to.have.length(getCacheNode(type).creditsPerHour ? 1 : 0);
    });
  }

  for (const tier of ["M20", "M30", "R700"] as const) {
    it(`synthesize with the alerts of ${tier}`, () => {
      const metrics = resources(synthesize(withTier(tier)), "mongodbatlas_alert_configuration").map(
        ({ attributes }) => attributes.metric_threshold_config?.[0].metric_name,
      );
      expect(metrics.includes("NORMALIZED_SYSTEM_CPU_STEAL")).to.equal(tier === "M20");
    });
  }
});
