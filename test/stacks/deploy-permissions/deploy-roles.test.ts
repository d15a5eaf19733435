import { expect } from "chai";
import { DeployRoles } from "../../../stacks/deploy-permissions/deploy-roles.ts";
import { staging } from "../../../stacks/environments/staging.ts";
import type { Environment } from "../../../stacks/environments.ts";
import { ConstructStack } from "../../support/construct-stack.ts";
import { expectCode } from "../../support/errors.ts";

const roles =
  (resourceTypes: readonly string[], values: Partial<Environment> = {}) =>
  () =>
    // The stack itself checks only the environment that it is created with.
    new DeployRoles(Object.assign(new ConstructStack(staging), { environment: { ...staging, ...values } }), "roles", {
      workspaces: ["ecobeat-staging-service"],
      resourceTypes: new Set(resourceTypes),
    });

describe("deploy roles", () => {
  it("need no permissions for types of other providers", () => {
    expect(roles(["aws_kms_key", "mongodbatlas_project"])).to.not.throw();
  });

  it("refuse a resource type that is missing in the table", () =>
    expectCode("deploy-actions-missing", roles(["aws_dynamodb_table"])));

  it("refuse a policy that is longer than IAM accepts", () => {
    const backup = { ...staging.backup, copyRegion: "x".repeat(6_000) as "eu-west-3" };
    return expectCode("deploy-policy-too-long", roles(["aws_kms_key"], { backup }));
  });
});
