import { expect } from "chai";
import { environments } from "../../../../stacks/environments/index.ts";
import { synthesize } from "../../../support/synthesize.ts";
import { watchedCaches } from "../../rules/alarms.ts";
import { first } from "../../rules/resources.ts";

const { staging } = environments;

const replicationGroup = (nodes: 1 | 2) =>
  first(
    synthesize([{ ...staging, cache: { ...staging.cache, nodes } }]),
    "aws_elasticache_replication_group",
  );

describe("Cache", () => {
  it("fails over to another zone by itself when it has more than one node", () => {
    expect(replicationGroup(2)).to.include({
      num_cache_clusters: 2,
      automatic_failover_enabled: true,
      multi_az_enabled: true,
    });
  });

  it("is watched as closely with as many nodes as there may be", () => {
    const stacks = synthesize([{ ...staging, cache: { ...staging.cache, nodes: 6 } }]);
    expect(watchedCaches.check(stacks)).to.deep.equal([]);
  });

  it("cannot fail over with one node", () => {
    expect(replicationGroup(1)).to.include({
      num_cache_clusters: 1,
      automatic_failover_enabled: false,
      multi_az_enabled: false,
    });
  });

  it("drops what was not used for long when it is full, and keeps what never expires", () => {
    const stacks = synthesize([staging]);
    const [name] = Object.keys(
      stacks["ecobeat-staging-foundation"]!.resource.aws_elasticache_parameter_group!,
    );
    expect(first(stacks, "aws_elasticache_replication_group").parameter_group_name).to.equal(
      `\${aws_elasticache_parameter_group.${name}.name}`,
    );
    expect(first(stacks, "aws_elasticache_parameter_group").parameter).to.deep.equal([
      { name: "maxmemory-policy", value: "volatile-lru" },
      { name: "reserved-memory-percent", value: "50" },
    ]);
  });
});
