import { expect } from "chai";
import { exclude, excludeProviders } from "../../../scripts/infra-test/exclusions.ts";
import { Report } from "../../../scripts/infra-test/report.ts";
import type { JsonObject } from "../../../scripts/terraform/synthesis.ts";

const exclusions = [
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
        value: '${jsonencode({"Resource" = [aws_elasticache_replication_group.cache.arn, aws_kms_key.key.arn]})}',
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

describe("infrastructure test: exclusions", () => {
  it("removes excluded resources and attributes, and replaces references by configured values or placeholders", () => {
    expect(exclude(configuration, exclusions)).to.deep.equal({
      excluded: 1,
      configuration: {
        provider: { aws: [{ region: "eu-west-1" }] },
        resource: {
          aws_kms_key: { key: { description: "cache", depends_on: [] } },
          aws_ssm_parameter: {
            url: { depends_on: ["aws_kms_key.key"], value: 'rediss://${"placeholder.invalid"}:6379' },
            policy: {
              value:
                '${jsonencode({"Resource" = ["arn:aws:elasticache:eu-west-1:000000000000:replication-group/placeholder", aws_kms_key.key.arn]})}',
            },
            // The name of another resource only begins in the same way.
            other: { value: "${aws_elasticache_replication_group.cache-2.arn}" },
          },
        },
        output: {
          id: { value: '${"ecobeat"}' },
          port: { value: "${6379}" },
          key: { value: '${"placeholder-aws-elasticache-replication-group-kms-key-id"}' },
        },
      },
    });
  });

  it("changes nothing in a stack without exclusions", () => {
    const other = { resource: { aws_sqs_queue: { queue: { name: "${aws_kms_key.key.arn}", tags: ["a.b", "c"] } } } };
    expect(exclude(other, exclusions)).to.deep.equal({ configuration: other, excluded: 0 });
  });
});

const stack = (name: string, configuration: object) => ({
  name,
  folder: "/nowhere",
  dependencies: [],
  configuration: structuredClone(configuration) as never,
});

const withAtlas = stack("ecobeat-staging-database", {
  terraform: { required_providers: { aws: { version: "~> 6.28" }, mongodbatlas: { version: "~> 1.41" } } },
  provider: { aws: [{ region: "eu-west-1" }], mongodbatlas: [{}] },
  resource: {
    mongodbatlas_project: { project: { name: "ecobeat" } },
    mongodbatlas_advanced_cluster: { cluster: { project_id: "${mongodbatlas_project.project.id}" } },
    aws_ssm_parameter: {
      uri: {
        value:
          "${mongodbatlas_advanced_cluster.cluster.connection_strings[0].private_endpoint[0].srv_connection_string}/ecobeat",
        depends_on: ["mongodbatlas_advanced_cluster.cluster"],
        lifecycle: {
          precondition: [
            { condition: "${length(mongodbatlas_advanced_cluster.cluster.state_name) > 0}", error_message: "Atlas" },
            { condition: "${aws_ssm_parameter.other.version > 0}", error_message: "AWS" },
          ],
        },
      },
    },
  },
});
const withoutAtlas = stack("ecobeat-staging-service", {
  terraform: { required_providers: { aws: { version: "~> 6.28" } } },
  provider: { aws: [{ region: "eu-west-1" }] },
  resource: { aws_ssm_parameter: { other: { value: "1" } } },
});

const onlyAtlas = stack("ecobeat-staging-archive", {
  terraform: { required_providers: { aws: { version: "~> 6.28" }, mongodbatlas: { version: "~> 1.41" } } },
  provider: { aws: [{ region: "eu-west-1" }], mongodbatlas: [{}] },
  data: { mongodbatlas_project: { project: { name: "ecobeat" } } },
  resource: { mongodbatlas_online_archive: { archive: { project_id: "${data.mongodbatlas_project.project.id}" } } },
});

describe("infrastructure test: excluded providers", () => {
  it("removes the provider and its resources, and no others, as one skipped step", () => {
    const lines: string[] = [];
    const report = new Report((line) => lines.push(line), [withAtlas.name]);
    const [reduced, same] = excludeProviders([withAtlas, withoutAtlas], report);
    expect(reduced!.configuration).to.deep.equal({
      terraform: { required_providers: { aws: { version: "~> 6.28" } } },
      provider: { aws: [{ region: "eu-west-1" }] },
      resource: {
        aws_ssm_parameter: {
          uri: {
            value: '${"placeholder-mongodbatlas-advanced-cluster-srv-connection-string"}/ecobeat',
            depends_on: [],
            // Terraform refuses a condition without a reference.
            lifecycle: {
              precondition: [{ condition: "${aws_ssm_parameter.other.version > 0}", error_message: "AWS" }],
            },
          },
        },
      },
    });
    expect(same).to.deep.equal(withoutAtlas);
    expect(report.results).to.deep.equal({ passed: 0, failed: 0, skipped: 1 });
    expect(lines.join("\n")).to.match(
      /^skipped +ecobeat-staging-database +mongodbatlas +2 resources excluded: Atlas has no emulator/,
    );
  });

  it("removes a stack that has no other resources, also as one skipped step", () => {
    const lines: string[] = [];
    const report = new Report((line) => lines.push(line), [onlyAtlas.name]);
    expect(excludeProviders([onlyAtlas, withoutAtlas], report)).to.deep.equal([withoutAtlas]);
    expect(lines.join("\n")).to.match(/^skipped +ecobeat-staging-archive +mongodbatlas +1 resources excluded: Atlas/);
  });

  it("removes the stack of HCP Terraform itself in the same way", () => {
    const lines: string[] = [];
    const ofItself = stack("ecobeat-hcp-terraform", {
      terraform: { required_providers: { tfe: { version: "0.71.0" } } },
      provider: { tfe: [{}] },
      resource: { tfe_project: { project: { name: "ecobeat" } } },
    });
    const report = new Report((line) => lines.push(line), []);
    expect(excludeProviders([withoutAtlas, ofItself], report)).to.deep.equal([withoutAtlas]);
    expect(lines.join("\n")).to.match(/^skipped +ecobeat-hcp-terraform +tfe +1 resources excluded: HCP Terraform/);
  });
});
