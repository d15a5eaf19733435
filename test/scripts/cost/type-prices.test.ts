import { expect } from "chai";
import { estimate } from "../../../scripts/cost/estimate.ts";
import { prices } from "../../../scripts/cost/prices.ts";
import { formatEstimate } from "../../../scripts/cost/report.ts";
import { type AtlasInstanceSize, atlasInstanceSizes, getAtlasTier } from "../../../stacks/atlas-tiers.ts";
import { type CacheNodeType, cacheNodeTypes, getCacheNode } from "../../../stacks/cache-nodes.ts";

const withNode = (node_type: CacheNodeType) =>
  estimate({
    "ecobeat-production-foundation": {
      resource: { aws_elasticache_replication_group: { cache: { node_type, num_cache_clusters: 2 } } },
    },
  });

const withTier = (instance_size: AtlasInstanceSize) =>
  estimate({
    "ecobeat-production-database": {
      resource: {
        mongodbatlas_advanced_cluster: {
          cluster: { replication_specs: [{ region_configs: [{ electable_specs: { instance_size, node_count: 3 } }] }] },
        },
      },
    },
  });

const idle = ({ total }: { total: readonly number[] }) => total[0]!;

describe("the prices of node types and cluster tiers", () => {
  it("include every type of nodes", () => {
    for (const type of cacheNodeTypes) {
      const of = withNode(type);
      expect(of.unknownPrices, type).to.deep.equal([]);
      expect(idle(of), type).to.be.greaterThan(0);
    }
  });

  it("rise with the size of a family's nodes, by the vCPU within 3 % from `large` on", () => {
    const families = new Set(cacheNodeTypes.map((type) => type.split(".")[1]!));
    for (const family of families) {
      const types = cacheNodeTypes.filter((type) => type.split(".")[1] === family);
      const costs = types.map((type) => idle(withNode(type)));
      expect(costs, family).to.deep.equal(costs.toSorted((one, other) => one - other));
      const byCpu = types.map((type, index) => costs[index]! / getCacheNode(type).vcpus);
      if (types.some((type) => type.endsWith(".large"))) {
        expect(Math.max(...byCpu) / Math.min(...byCpu), family).to.be.lessThan(1.03);
      }
    }
  });

  it("include every general tier, and rise with its size", () => {
    const general = atlasInstanceSizes.filter((tier) => tier.startsWith("M"));
    const costs = general.map((tier) => idle(withTier(tier)));
    expect(costs[0]).to.be.greaterThan(0);
    expect(new Set(costs).size).to.equal(general.length);
    expect(costs).to.deep.equal(costs.toSorted((one, other) => one - other));
  });

  it("exclude the low-CPU tiers: the estimate names them, and sums up the rest", () => {
    for (const tier of atlasInstanceSizes.filter((each) => each.startsWith("R"))) {
      const of = withTier(tier);
      expect(of.unknownPrices).to.deep.equal([tier]);
      expect(idle(of)).to.equal(0);
      expect(formatEstimate("production", of, 1).replaceAll(/\s+/g, " ")).to.contain(
        `Warning: The total of production does not include ${tier}.`,
      );
    }
  });

  it("include a tier's own disk, and else charge for all of a disk", () => {
    const getDiskGb = (tier: AtlasInstanceSize) => {
      const { total } = withTier(tier);
      return (total.at(-1)! - total[0]!) / prices.atlasDisk.usd;
    };
    const diskGb = getDiskGb("M10");
    expect(diskGb).to.be.greaterThan(getAtlasTier("M40").includedDiskGb);
    expect(diskGb).to.be.lessThan(getAtlasTier("M300").includedDiskGb);
    expect(getDiskGb("M40")).to.be.closeTo(diskGb, 1e-6);
    expect(getDiskGb("M300")).to.equal(0);
  });
});
