import { expect } from "chai";
import { reviewPlans } from "../../../scripts/ci/review-plans.ts";
import { PlanError } from "../../../scripts/plan-review/plan-stack.ts";
import { planOf } from "../plan-review/plans.ts";

const stateful = (effect: "change" | "destroy") => planOf({ type: "aws_s3_bucket", effect });

describe("a review of plans for a pull request", () => {
  it("fails the check at danger, and not where something only wants attention", () => {
    expect(reviewPlans({ plans: [planOf()], failures: [] })).to.have.property("failed", false);
    const forgotten = planOf({ type: "aws_subnet", effect: "forget" });
    expect(reviewPlans({ plans: [forgotten], failures: [] }))
      .to.have.property("text")
      .that.includes("## Plan: attention");
    expect(reviewPlans({ plans: [forgotten], failures: [] })).to.have.property("failed", false);
    expect(reviewPlans({ plans: [stateful("destroy")], failures: [] })).to.have.property("failed", true);
  });

  it("fails where a stack could not be planned, and names it without Terraform's words", () => {
    const failures = [new PlanError("ecobeat-staging-edge", "Error: the value hunter2 is wrong")];
    const { text, failed } = reviewPlans({ plans: [stateful("change")], failures });
    expect(failed).to.equal(true);
    expect(text)
      .to.match(/^## Not planned\n\n- `ecobeat-staging-edge` could not be planned/)
      .and.include("## Plan:")
      .and.not.include("hunter2");
  });
});
