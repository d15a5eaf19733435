import { expect } from "chai";
import { evaluate } from "../../../scripts/plan-review/evaluate.ts";
import { changed, toPlan } from "./plans.ts";

describe("the evaluation of plans", () => {
  it("puts the worst first", () => {
    const code = changed("aws_lambda_function", { handler: ["a", "b"] });
    const [first] = evaluate([toPlan(code, { type: "aws_kms_key", effect: "destroy" })]);
    expect(first?.severity).to.equal("critical");
  });

  it("distinguishes a resource from the deposed one of an interrupted replacement", () => {
    const plan = toPlan({ type: "aws_x", effect: "destroy", deposed: "abcd1234" });
    expect(plan.changes[0]?.address).to.equal("aws_x.it (deposed abcd1234)");
  });
});
