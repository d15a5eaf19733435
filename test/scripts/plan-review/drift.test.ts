import { expect } from "chai";
import { readPlan } from "../../../scripts/plan-review/plan.ts";
import { PlanError, type PlanResults } from "../../../scripts/plan-review/plan-stacks.ts";
import { reviewDrift } from "../../../scripts/plan-review/review.ts";
import { toPlanJson } from "./plans.ts";

describe("exit status of drift", () => {
  const statusOf = (drift: PlanResults): number => reviewDrift(drift).exitStatus;
  const plan = (type: string, effect: "change" | "destroy") =>
    readPlan("one", toPlanJson([], { drift: [{ type, effect }] }));

  it("is 0 without any, 2 with one that no judgement minds, 3 at danger, and 1 when a stack failed", () => {
    expect(statusOf({ plans: [readPlan("one", toPlanJson([]))], failures: [] })).to.equal(0);
    expect(statusOf({ plans: [plan("aws_s3_bucket", "change")], failures: [] })).to.equal(2);
    expect(statusOf({ plans: [plan("aws_s3_bucket", "destroy")], failures: [] })).to.equal(3);
    expect(
      statusOf({ plans: [plan("aws_s3_bucket", "destroy")], failures: [new PlanError("two", "no")] }),
    ).to.equal(1);
  });
});
