import { expect } from "chai";
import { DeployRoles } from "../../../stacks/deploy-permissions/deploy-roles.ts";
import { environments } from "../../../stacks/environments/index.ts";
import type { Environment } from "../../../stacks/environments.ts";
import { ConstructStack } from "../../support/construct-stack.ts";

const { staging } = environments;

const roles =
  (resourceTypes: readonly string[], values: Partial<Environment> = {}) =>
  () =>
    new DeployRoles(new ConstructStack({ ...staging, ...values }), "roles", {
      workspaces: ["ecobeat-staging-service"],
      resourceTypes: new Set(resourceTypes),
    });

describe("deploy roles", () => {
  it("know what the types need, also when others than AWS provide some", () => {
    expect(roles(["aws_kms_key", "mongodbatlas_project"])).to.not.throw();
  });

  it("refuse a resource type that nobody has put in the table", () => {
    expect(roles(["aws_dynamodb_table"])).to.throw(
      /aws_dynamodb_table is not in the table .* could neither read nor make it.*Add it to one of the files/,
    );
  });

  it("refuse a policy that is longer than IAM takes", () => {
    const backup = { ...staging.backup, copyRegion: "x".repeat(6_000) };
    expect(roles(["aws_kms_key"], { backup })).to.throw(
      /policy "limits" of the deploy roles is \d+ characters long\. IAM takes 6144\. Move some resource types/,
    );
  });
});
