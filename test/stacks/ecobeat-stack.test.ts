import { App, TerraformStack } from "cdktf";
import { expect } from "chai";
import { Construct } from "constructs";
import { EcobeatStack } from "../../stacks/ecobeat-stack.ts";
import { environments } from "../../stacks/environments.ts";
import { ConstructStack } from "../support/construct-stack.ts";

const { staging } = environments;

describe("EcobeatStack", () => {
  it("is found by what is in it, and gives names, region, account and log settings", () => {
    const stack = EcobeatStack.of(new Construct(new Construct(new ConstructStack(), "outer"), "inner"));
    expect(stack).to.include({
      namePrefix: "ecobeat-staging",
      region: staging.region,
      accountId: staging.accountId,
    });
    expect(stack.resourceName("auth")).to.equal("ecobeat-staging-auth");
    expect(stack.logs).to.deep.include({ retentionDays: staging.logRetentionDays });
  });

  it("says where a construct must go that is in another stack", () => {
    const construct = new Construct(new TerraformStack(new App(), "other"), "construct");
    expect(() => EcobeatStack.of(construct)).to.throw(
      /"other\/construct" is in the stack "other", which is not an EcobeatStack\. .* Add it to a stack that extends/,
    );
  });

  it("refuses logs without a key", () => {
    class WithoutLogs extends EcobeatStack {}
    const stack = new (WithoutLogs as new (...values: unknown[]) => EcobeatStack)(
      new App(),
      "plain",
      staging,
    );
    expect(() => stack.logs).to.throw(/"ecobeat-staging-plain" has no key for logs.* Set its `logKey`/);
  });
});
