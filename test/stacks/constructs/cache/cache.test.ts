import { expect } from "chai";
import { staging } from "../../../../stacks/environments/staging.ts";
import { synthesize } from "../../../support/synthesize.ts";
import { watchedResources } from "../../rules/alarms.ts";
import { first } from "../../rules/resources.ts";

const replicationGroup = (nodes: 1 | 2) =>
  first(synthesize([{ ...staging, cache: { ...staging.cache, nodes } }]), "aws_elasticache_replication_group");

describe("Cache", () => {
  for (const [nodes, failover] of [
    [1, false],
    [2, true],
  ] as const) {
    it(`has ${failover ? "automatic" : "no"} failover to another zone with ${nodes} nodes`, () => {
      expect(replicationGroup(nodes)).to.include({
        num_cache_clusters: nodes,
        automatic_failover_enabled: failover,
        multi_az_enabled: failover,
      });
    });
  }

  it("has all its alarms with the maximum number of nodes", () => {
    const stacks = synthesize([{ ...staging, cache: { ...staging.cache, nodes: 6 } }]);
    expect(watchedResources.check(stacks)).to.deep.equal([]);
  });

  it("evicts the least recently used keys that expire, when its memory is full", () => {
    const stacks = synthesize([staging]);
    const [name] = Object.keys(stacks["ecobeat-staging-foundation"]!.resource.aws_elasticache_parameter_group!);
    expect(first(stacks, "aws_elasticache_replication_group").parameter_group_name).to.equal(
      `\${aws_elasticache_parameter_group.${name}.name}`,
    );
    expect(first(stacks, "aws_elasticache_parameter_group").parameter).to.deep.equal([
      { name: "maxmemory-policy", value: "volatile-lru" },
      { name: "reserved-memory-percent", value: "50" },
    ]);
  });
});
