import { expect } from "chai";
import type { JsonObject } from "../../../scripts/infra-test/configuration.ts";
import { leaveOut } from "../../../scripts/infra-test/leave-out.ts";

const gaps = [
  { type: "aws_elasticache_replication_group", why: "never becomes available" },
  { type: "aws_codedeploy_app", why: "unreadable" },
  { type: "aws_kms_key", attribute: "rotation_period_in_days", why: "is forgotten" },
];

const configuration: JsonObject = {
  provider: { aws: [{ region: "eu-west-1" }] },
  resource: {
    aws_elasticache_replication_group: {
      cache: { replication_group_id: "ecobeat", port: 6379, kms_key_id: "${aws_kms_key.key.arn}" },
    },
    aws_kms_key: {
      key: {
        description: "cache",
        rotation_period_in_days: 90,
        depends_on: ["aws_elasticache_replication_group.cache"],
      },
    },
    aws_ssm_parameter: {
      url: {
        depends_on: ["aws_elasticache_replication_group.cache", "aws_kms_key.key"],
        value: "rediss://${aws_elasticache_replication_group.cache.primary_endpoint_address}:6379",
      },
      policy: {
        value:
          '${jsonencode({"Resource" = [aws_elasticache_replication_group.cache.arn, aws_kms_key.key.arn]})}',
      },
      other: { value: "${aws_elasticache_replication_group.cache-2.arn}" },
    },
  },
  output: {
    id: { value: "${aws_elasticache_replication_group.cache.replication_group_id}" },
    port: { value: "${aws_elasticache_replication_group.cache.port}" },
    key: { value: "${aws_elasticache_replication_group.cache.kms_key_id}" },
  },
};

describe("rehearsal: leaving out", () => {
  const { configuration: reduced, leftOut } = leaveOut(configuration, gaps);
  const resources = reduced.resource as Record<string, Record<string, JsonObject>>;

  it("takes the listed types out, counts them, and keeps the rest", () => {
    expect(Object.keys(resources)).to.deep.equal(["aws_kms_key", "aws_ssm_parameter"]);
    expect(leftOut).to.equal(1);
    expect(reduced.provider).to.deep.equal(configuration.provider);
  });

  it("takes a listed attribute out of every resource of its type", () => {
    expect(resources.aws_kms_key!.key).to.deep.equal({ description: "cache", depends_on: [] });
  });

  it("puts placeholders of the right shape inside the expressions that refer to them", () => {
    expect(resources.aws_ssm_parameter!.url!.value).to.equal('rediss://${"rehearsal.invalid"}:6379');
    expect(resources.aws_ssm_parameter!.policy!.value).to.equal(
      '${jsonencode({"Resource" = ["arn:aws:elasticache:eu-west-1:000000000000:replication-group/rehearsal", aws_kms_key.key.arn]})}',
    );
  });

  it("uses what the left-out resource is configured with, where that is known", () => {
    expect(reduced.output).to.deep.include({ id: { value: '${"ecobeat"}' }, port: { value: "${6379}" } });
  });

  it("leaves references to resources with a longer name alone", () => {
    expect(resources.aws_ssm_parameter!.other!.value).to.contain(
      "aws_elasticache_replication_group.cache-2.arn",
    );
  });

  it("drops orderings after what is not there", () => {
    expect(resources.aws_ssm_parameter!.url!.depends_on).to.deep.equal(["aws_kms_key.key"]);
    expect(resources.aws_kms_key!.key!.depends_on).to.deep.equal([]);
  });

  it("changes nothing in a stack without any of it", () => {
    const other = {
      resource: { aws_sqs_queue: { queue: { name: "${aws_kms_key.key.arn}", tags: ["a.b", "c"] } } },
    };
    expect(leaveOut(other, gaps)).to.deep.equal({ configuration: other, leftOut: 0 });
  });
});
