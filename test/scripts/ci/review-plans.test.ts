import { expect } from "chai";
import { reviewPlans, toCommentBody } from "../../../scripts/ci/review-plans.ts";
import { PlanError } from "../../../scripts/plan-review/plan-stacks.ts";
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

describe("the body of a comment on a pull request", () => {
  it("is the review, and the commit that was reviewed, if there is one", () => {
    expect(toCommentBody("## Plan: no changes\n", "0123abc")).to.equal(
      "## Plan: no changes\n\nOf commit 0123abc.\n",
    );
    expect(toCommentBody("## Plan: no changes\n", undefined)).to.equal("## Plan: no changes\n");
  });

  it("is cut off at GitHub's limit, and says so first", () => {
    const review = "a change of a resource\n".repeat(5_000);
    expect(toCommentBody(review, "0123abc"))
      .to.have.length(65_536)
      .and.match(/^> \[!NOTE\]\n> This is cut off.*\n\na change of a resource\n/);
    expect(toCommentBody("x".repeat(65_536), undefined)).to.equal("x".repeat(65_536));
  });
});
