import { App, TerraformStack } from "cdktf";
import { expect } from "chai";
import { Construct } from "constructs";
import { EcobeatStack } from "../../stacks/ecobeat-stack.ts";
import { staging } from "../../stacks/environments/staging.ts";
import { ConstructStack } from "../support/construct-stack.ts";
import { expectCode } from "../support/errors.ts";

describe("EcobeatStack", () => {
  it("provides names, region, account and log settings to the constructs inside", () => {
    const stack = EcobeatStack.of(new Construct(new Construct(new ConstructStack(), "outer"), "inner"));
    expect(stack).to.include({ namePrefix: "ecobeat-staging", region: staging.region, accountId: staging.accountId });
    expect(stack.resourceName("auth")).to.equal("ecobeat-staging-auth");
    expect(stack.logs).to.deep.include({ retentionDays: staging.logRetentionDays });
  });

  it("rejects a construct in another stack", async () => {
    const construct = new Construct(new TerraformStack(new App(), "other"), "construct");
    const error = await expectCode("stack-not-ecobeat", () => EcobeatStack.of(construct));
    expect(error.message).to.include("other/construct");
  });

  it("rejects logs without a key", async () => {
    class WithoutLogs extends EcobeatStack {}
    const stack = new (WithoutLogs as new (...values: unknown[]) => EcobeatStack)(new App(), "plain", staging);
    await expectCode("log-key-missing", () => stack.logs);
  });
});
