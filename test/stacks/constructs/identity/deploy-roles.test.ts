import { App, TerraformStack } from "cdktf";
import { expect } from "chai";
import { DeployRoles, type DeployRolesProps } from "../../../../stacks/constructs/identity/deploy-roles.ts";

const roles = (props: Partial<DeployRolesProps>) => () =>
  new DeployRoles(new TerraformStack(new App(), "stack"), "roles", {
    name: "ecobeat-trial",
    environment: "staging",
    accountId: "111122223333",
    apiDomain: "api-trial.ecobeat.app",
    regions: ["eu-west-1"],
    organization: "ecobeat",
    project: "ecobeat-trial",
    workspaces: ["ecobeat-trial-service"],
    resourceTypes: new Set(["aws_kms_key"]),
    ...props,
  });

describe("deploy roles", () => {
  it("know what the types need, also when others than AWS provide some", () => {
    expect(roles({ resourceTypes: new Set(["aws_kms_key", "mongodbatlas_project"]) })).to.not.throw();
  });

  it("refuse a resource type that nobody has put in the table", () => {
    expect(roles({ resourceTypes: new Set(["aws_dynamodb_table"]) })).to.throw(
      /aws_dynamodb_table is not in the table .* could neither read nor make it.*Add it to one of the files/,
    );
  });

  it("refuse a policy that is longer than IAM takes", () => {
    const resourceTypes = new Set(["aws_api_gateway_domain_name"]);
    expect(roles({ resourceTypes, apiDomain: "x".repeat(2_000) })).to.throw(
      /policy "plan-api" of the deploy roles is \d+ characters long\. IAM takes 6144\. Move some resource types/,
    );
  });
});
