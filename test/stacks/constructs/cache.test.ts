import { expect } from "chai";
import { environments } from "../../../stacks/environments.ts";
import { synthesize } from "../../support/synthesize.ts";

const replicationGroup = (nodes: number) => {
  const { staging } = environments;
  const stacks = synthesize([{ ...staging, cache: { ...staging.cache, nodes } }]);
  return Object.values(stacks["ecobeat-staging-foundation"]!.resource.aws_elasticache_replication_group!)[0]!;
};

describe("Cache", () => {
  it("fails over to another zone by itself when it has more than one node", () => {
    expect(replicationGroup(2)).to.include({
      num_cache_clusters: 2,
      automatic_failover_enabled: true,
      multi_az_enabled: true,
    });
  });

  it("cannot fail over with one node", () => {
    expect(replicationGroup(1)).to.include({
      num_cache_clusters: 1,
      automatic_failover_enabled: false,
      multi_az_enabled: false,
    });
  });
});
