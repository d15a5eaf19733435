import { expect } from "chai";
import { choosePromotion } from "../../../scripts/release/promote.ts";
import { expectCode } from "../../support/errors.ts";

const two = [{ name: "staging", promotedTo: "production" }, { name: "production" }];
const three = [{ name: "qa", promotedTo: "staging" }, ...two];

describe("The environment that `promote` promotes", () => {
  it("is the only one with a `promotedTo`, or the named one", () => {
    expect(choosePromotion(two)).to.deep.equal({ source: "staging", target: "production" });
    expect(choosePromotion(three, "qa")).to.deep.equal({ source: "qa", target: "staging" });
    expect(choosePromotion(three, "staging")).to.deep.equal({ source: "staging", target: "production" });
  });

  it("must be named where there are several", async () => {
    const { message } = await expectCode("promotion-not-chosen", () => choosePromotion(three));
    expect(message).to.include("--from qa (to staging), --from staging (to production)");
  });

  it("must be promoted to another", async () => {
    const { message } = await expectCode("promotion-impossible", () => choosePromotion(three, "production"));
    expect(message).to.include("production has no `promotedTo`").and.include("--from qa");
    await expectCode("promotion-impossible", () => choosePromotion([{ name: "production" }]));
  });
});
