import { expect } from "chai";
import { evaluate } from "../../../scripts/plan-review/evaluate.ts";
import { toMarkdown } from "../../../scripts/plan-review/markdown.ts";
import { type Plan, readPlan } from "../../../scripts/plan-review/plan.ts";
import { type PlannedChange, toPlan, toPlanJson } from "./plans.ts";

const reviewed = (...plans: Plan[]) => toMarkdown(plans, evaluate(plans));
const table = { type: "aws_dynamodb_table" };

describe("the text of a review", () => {
  it("says that nothing changes", () => {
    expect(reviewed(toPlan())).to.match(/^## Plan: no changes\n/);
  });

  it("counts what each stack does, with the worst of it", () => {
    const text = reviewed(
      readPlan(
        "staging-service",
        toPlanJson([
          { ...table, effect: "create" },
          { ...table, effect: "replace" },
        ]),
      ),
      readPlan("staging-edge", toPlanJson([{ type: "aws_x", effect: "forget" }])),
    );
    expect(text).to.include("## Plan: danger");
    expect(text).to.include("| `staging-service` | 1 |  | 1 |  |  | danger |");
    expect(text).to.include("| `staging-edge` |  |  |  |  | 1 | attention |");
  });

  it("shows numbers, and of texts those alone that are never secret", () => {
    const before = { memory_size: 512, runtime: "nodejs22.x", description: "old" };
    const after = { memory_size: 1024, runtime: "nodejs24.x", description: "new" };
    expect(reviewed(toPlan({ type: "aws_lambda_function", before, after }))).to.include(
      "`memory_size` `512` to `1024`, `runtime` `nodejs22.x` to `nodejs24.x`, `description` |",
    );
  });

  it("flags what only the apply will tell", () => {
    const plan = toPlan({ type: "aws_x", before: { arn: "old" }, unknown: { arn: true } });
    expect(reviewed(plan)).to.include("`arn` (known after the apply)");
  });

  it("never shows a secret, wherever it stands and whoever has marked it", () => {
    const secret = "hunter2-hunter2";
    const changes: PlannedChange[] = [
      { type: "aws_ssm_parameter", before: { value: "old" }, after: { value: secret } },
      { type: "aws_x", before: { runtime: "a" }, after: { runtime: secret }, sensitive: { runtime: true } },
      { type: "aws_lambda_function", before: {}, after: { environment: [{ variables: { A: secret } }] } },
      { type: "aws_x", before: { pin: 1 }, after: { pin: 4_711_000 } },
      {
        type: "aws_x",
        before: { retention_in_days: 9 },
        after: { retention_in_days: 4711 },
        sensitive: true,
      },
      {
        type: "aws_vpc_security_group_ingress_rule",
        before: {},
        after: { description: secret, cidr_ipv4: "10.0.0.0/8" },
      },
      { type: "aws_iam_role_policy", before: { policy: "{}" }, after: { policy: secret } },
    ];
    const text = reviewed(toPlan(...changes), readPlan("drift", toPlanJson([], { drift: changes })));
    expect(text).to.not.include("hunter2").and.not.include("4711");
    expect(text).to.include("`runtime` (sensitive)");
  });

  it("is not written by the plan that it is about", () => {
    const address = 'aws_x.it["`</summary><script>| @everyone\n## Approved"]';
    const plan = readPlan(
      "<b>`@here",
      toPlanJson([{ type: "aws_x", address, before: { a: 1 }, after: { a: 2 } }]),
    );
    const text = reviewed(plan);
    expect(text).to.not.match(/^## Approved/m);
    // What stands between two backticks is neither Markdown nor HTML, nor does it call anybody.
    const outside = text.replace(/`[^`]*`/g, "");
    expect(outside).to.not.match(/script|<b>|@everyone/);
    expect(text).to.not.match(/[^\\]\| @everyone/);
  });

  it("of thousands of resources is short enough for a comment on GitHub, and keeps its findings", () => {
    const changes = Array.from({ length: 5_000 }, (_, index) => ({
      type: "aws_lambda_function",
      address: `aws_lambda_function.function_with_a_long_name_${index}`,
      before: { memory_size: index, handler: "a" },
      after: { memory_size: index + 1, handler: "b" },
    }));
    const text = reviewed(toPlan(...changes, { ...table, effect: "destroy" }));
    expect(text.length).to.be.below(65_536);
    expect(text).to.include("its items are lost").and.to.include("- and 4950 more");
    expect(text).to.include("left out, as they are too long");
  });
});
