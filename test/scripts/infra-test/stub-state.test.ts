import { expect } from "chai";
import { createPlaceholder, stubState } from "../../../scripts/infra-test/stub-state.ts";

describe("infrastructure test: stub state", () => {
  const state = stubState(
    {
      terraform_version: "1.11.4",
      planned_values: {
        outputs: {
          name: { sensitive: false, value: "ecobeat" },
          arn: { sensitive: true },
          port: { sensitive: false },
          servers: { sensitive: false, value: ["192.0.2.7"] },
          network: { sensitive: false, value: { cidr: "10.0.0.0/8" } },
        },
      },
      output_changes: {
        name: { after_unknown: false },
        arn: { after_unknown: true },
        port: { after_unknown: true },
        servers: { after_unknown: [false, true] },
        network: { after_unknown: { arn: true } },
      },
    },
    {
      output: {
        name: { value: "${aws_ssm_parameter.name.value}" },
        arn: { value: "${aws_kms_key.key_1.arn}" },
        port: { value: "${aws_elasticache_replication_group.cache.port}" },
        servers: { value: ["192.0.2.7", "${aws_eip.address.public_ip}"] },
        network: { value: { cidr: "10.0.0.0/8", arn: "${aws_vpc.main.arn}" } },
      },
    },
  );

  it("has the known values of the plan, and placeholders of the right type", () => {
    expect(state).to.deep.include({ version: 4, terraform_version: "1.11.4", resources: [] });
    expect(state.outputs).to.deep.equal({
      name: { value: "ecobeat", type: "string", sensitive: false },
      arn: {
        value: "arn:aws:kms:eu-west-1:000000000000:key/00000000-0000-0000-0000-000000000000",
        type: "string",
        sensitive: true,
      },
      port: { value: 6379, type: "number", sensitive: false },
      servers: { value: ["192.0.2.7", "192.0.2.1"], type: ["tuple", ["string", "string"]], sensitive: false },
      network: {
        value: { cidr: "10.0.0.0/8", arn: "arn:aws:vpc:eu-west-1:000000000000:/placeholder" },
        type: ["object", { cidr: "string", arn: "string" }],
        sensitive: false,
      },
    });
  });

  it("has a shape for each kind of attribute", () => {
    expect(createPlaceholder("aws_lambda_alias", "arn")).to.match(/^arn:aws:lambda:.*:function:placeholder$/);
    expect(createPlaceholder("aws_sqs_queue", "url")).to.equal("https://placeholder.invalid");
    expect(createPlaceholder("aws_eks_cluster", "vpc_config[0].cluster_security_group_id")).to.equal(
      "placeholder-aws-eks-cluster-cluster-security-group-id",
    );
    expect(createPlaceholder("aws_vpc", "cidr_block")).to.equal("10.0.0.0/16");
    expect(createPlaceholder("aws_vpc", "ipv6_addresses.0.address")).to.equal("placeholder.invalid");
  });
});
