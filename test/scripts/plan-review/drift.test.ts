import { expect } from "chai";
import { expectedDrift } from "../../../scripts/plan-review/drift.ts";
import { evaluate } from "../../../scripts/plan-review/evaluate.ts";
import { readPlan } from "../../../scripts/plan-review/plan.ts";
import { resources } from "../../stacks/rules/resources.ts";
import { allStacks } from "../../stacks/rules/rule.ts";
import { changed, type PlannedChange, policy, toPlanJson } from "./plans.ts";

const drifted = (...drift: PlannedChange[]) => readPlan("staging", toPlanJson([], { drift }));

describe("the evaluation of drift", () => {
  it("applies the rules of plans, and says that the change was made outside of Terraform", () => {
    const more = policy({ Effect: "Allow", Action: "s3:*", Resource: "bucket" });
    const opened = changed("aws_x", { publicly_accessible: [false, true] });
    expect(evaluate([drifted(changed("aws_iam_role_policy", { policy: [policy(), more] }))])).to.have.lengthOf(1);
    expect(evaluate([drifted(opened)])[0]?.text).to.equal(
      "outside of Terraform, `publicly_accessible` becomes `true`: the internet can reach it",
    );
  });

  for (const [type, severity] of [
    ["aws_s3_bucket", "critical"],
    ["aws_x", "warning"],
    ["aws_cloudwatch_dashboard", "info"],
  ] as const) {
    it(`says that a resource was deleted: ${type}`, () => {
      const [finding] = evaluate([drifted(changed(type, "destroy"))]);
      expect(finding?.severity).to.equal(severity);
      expect(finding?.text).to.match(/^was deleted outside of Terraform, and the next apply creates it again: /);
    });
  }

  it("ignores what a first refresh writes in place of nothing, and reports other changes of the same resource", () => {
    const refreshed = {
      tags: [null, {}],
      dimensions: [{}, null],
      period: [null, 0],
      is_public: [null, false],
      name: ["", null],
    } as const;
    expect(drifted(changed("aws_x", refreshed)).drift).to.deep.equal([]);
    const [more] = drifted(changed("aws_x", { ...refreshed, retries: [1, 0], public: [null, true] })).drift;
    expect(more?.differences.map(({ path }) => path)).to.deep.equal(["retries", "public"]);
  });

  it("ignores what releases and scaling change, and reports other changes of the same resource", () => {
    const concurrency = "provisioned_concurrent_executions";
    const expected = drifted(
      changed("aws_lambda_alias", { function_version: ["7", "8"] }),
      changed("aws_lambda_provisioned_concurrency_config", { [concurrency]: [2, 1] }),
    );
    expect(expected.drift).to.deep.equal([]);
    const renamed = drifted(changed("aws_lambda_alias", { name: ["live", "dead"] }));
    expect(evaluate([renamed])[0]?.subject).to.equal("Drift");
  });

  it("ignores the same attributes as the stacks", () => {
    for (const [type, attributes] of Object.entries(expectedDrift)) {
      const ignored = resources(allStacks(), type).map((resource) => resource.attributes.lifecycle?.ignore_changes);
      expect(ignored).to.not.be.empty;
      for (const each of ignored) expect(each).to.have.members([...attributes]);
    }
  });
});
