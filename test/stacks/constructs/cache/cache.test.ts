import { App, Testing } from "cdktf";
import { expect } from "chai";
import { staging } from "../../../../stacks/environments/staging.ts";
import { FoundationStack } from "../../../../stacks/foundation.ts";
import { type Stacks, withoutCreationStacks } from "../../../support/synthesize.ts";
import { watchedResources } from "../../rules/alarms.ts";
import { first } from "../../rules/resources.ts";

/** The stack that has the cache, with this number of nodes. */
const synthesizeFoundation = (nodes: 1 | 2 | 6): Stacks =>
  withoutCreationStacks(() => {
    const stack = new FoundationStack(new App(), { ...staging, cache: { ...staging.cache, nodes } });
    return { "ecobeat-staging-foundation": JSON.parse(Testing.synth(stack)) };
  });

describe("Cache", () => {
  for (const [nodes, failover] of [
    [1, false],
    [2, true],
  ] as const) {
    it(`has ${failover ? "automatic" : "no"} failover to another zone with ${nodes} nodes`, () => {
      expect(first(synthesizeFoundation(nodes), "aws_elasticache_replication_group")).to.include({
        num_cache_clusters: nodes,
        automatic_failover_enabled: failover,
        multi_az_enabled: failover,
      });
    });
  }

  it("has all its alarms with the maximum number of nodes", () => {
    expect(watchedResources.check(synthesizeFoundation(6))).to.deep.equal([]);
  });

  it("evicts the least recently used keys that expire, when its memory is full", () => {
    const stacks = synthesizeFoundation(1);
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
