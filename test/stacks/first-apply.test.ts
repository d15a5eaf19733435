import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { isolateEnvironment, Terraform } from "../../scripts/terraform/terraform.ts";
import type { Attributes } from "../support/synthesize.ts";
import { type Change, changeFirst, referenced, resources } from "./rules/resources.ts";
import { allStacks, rulesByType, testRule } from "./rules/rule.ts";

/** The addresses of a type's resources, as `depends_on` names them. */
const addresses = (type: string, byId: Readonly<Record<string, Attributes>> = {}): string[] =>
  Object.keys(byId).map((id) => `${type}.${id}`);

/**
 * Provider 1.41.1 retries `CANNOT_ASSUME_ROLE` for the authorization, but not for the encryption:
 * https://github.com/mongodb/terraform-provider-mongodbatlas/blob/v1.41.1/internal/service/encryptionatrest/resource.go#L332
 */
const lateEncryption = rulesByType(
  "IAM has minutes to learn the role of Atlas: encryption is set up after the private link, access after the role's policy",
  {
    mongodbatlas_cloud_provider_access_authorization: ({ stack, attributes }, stacks) => {
      const { role_id, aws, depends_on } = attributes;
      const role = referenced(stacks, stack, aws?.iam_assumed_role_arn);
      return Object.entries(stack.resource.aws_iam_role_policy ?? {}).some(
        ([id, policy]) =>
          role_id &&
          referenced(stacks, stack, policy.role)?.id === role?.id &&
          depends_on?.includes(`aws_iam_role_policy.${id}`),
      );
    },
    mongodbatlas_encryption_at_rest: ({ stack, attributes: { aws_kms_config, depends_on } }, stacks) => {
      const type = "mongodbatlas_privatelink_endpoint_service";
      return (
        referenced(stacks, stack, aws_kms_config[0].role_id)?.type ===
          "mongodbatlas_cloud_provider_access_authorization" &&
        addresses(type, stack.resource[type]).some((address) => depends_on?.includes(address))
      );
    },
  },
);

const authorization = (change: Change) => changeFirst("mongodbatlas_cloud_provider_access_authorization", change);
const encryption = (change: Change) => changeFirst("mongodbatlas_encryption_at_rest", change);

describe("the first apply of a replica set", () => {
  testRule(lateEncryption, {
    "access before the policy": authorization({ depends_on: undefined }),
    "encryption before the private link": encryption({ depends_on: undefined }),
    "encryption before the authorization": encryption({ "aws_kms_config.0.role_id": "1" }),
  });

  describe("in Terraform, of the address of the cluster", () => {
    let folder: string;
    let terraform: Terraform;
    before(async function () {
      const found = await Terraform.find(process.env);
      if (!found) return this.skip();
      terraform = found;
    });
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "ecobeat-address-"));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    /** Applies the parameter as the stack defines it, with a new cluster of the given attributes, or with one in the state. */
    async function apply(cluster: object, times: 1 | 2 = 1) {
      const { attributes } = resources(allStacks(), "aws_ssm_parameter").find(
        ({ stackName }) => stackName === "ecobeat-production-database",
      )!;
      const { value, lifecycle } = JSON.parse(
        JSON.stringify(attributes).replaceAll(
          /mongodbatlas_advanced_cluster\.[\w-]+/g,
          "terraform_data.cluster.output",
        ),
      );
      const configuration = {
        resource: { terraform_data: { cluster: { input: cluster }, parameter: { input: value, lifecycle } } },
        output: { value: { value: "${terraform_data.parameter.output}" } },
      };
      writeFileSync(join(folder, "main.tf.json"), JSON.stringify(configuration));
      const environment = isolateEnvironment(process.env, undefined);
      const run = (...args: string[]) =>
        terraform.run(folder, args, environment, join(folder, "log"), AbortSignal.timeout(60_000));
      await run("init", "-input=false");
      const applyOnce = () => run("apply", "-auto-approve", "-input=false", "-no-color");
      const first = await applyOnce();
      return times === 1 ? first : applyOnce();
    }
    const withEndpoints = (private_endpoint: readonly object[]) => ({ connection_strings: [{ private_endpoint }] });

    it("writes the parameter when Atlas reports one", async () => {
      const address = "mongodb+srv://ecobeat-pl-0.abcde.mongodb.net";
      const { exitCode, output } = await apply(withEndpoints([{ srv_connection_string: address }]));
      expect(exitCode, output).to.equal(0);
      expect(output).to.include(`value = "${address}/ecobeat?`);
    });

    for (const [title, cluster] of Object.entries({
      "no endpoint": withEndpoints([]),
      "no connection strings": { connection_strings: [] },
      "an empty address": withEndpoints([{ srv_connection_string: "" }]),
      "an unknown address": withEndpoints([{ srv_connection_string: null }]),
    })) {
      it(`says to deploy again while Atlas reports ${title}, and writes nothing`, async () => {
        for (const times of [1, 2] as const) {
          const { exitCode, output } = await apply(cluster, times);
          expect(exitCode, output).to.equal(1);
          expect(output.replaceAll(/[\s│]+/g, " "))
            .to.include("deploy this stack again after a minute")
            .and.not.include("terraform_data.parameter: Creation complete");
          expect(output.match(/Error:/g), output).to.have.length(1);
        }
      });
    }
  });
});
