import { expect } from "chai";
import { evaluate } from "../../../scripts/plan-review/evaluate.ts";
import { toMarkdown } from "../../../scripts/plan-review/markdown.ts";
import { type Plan, readPlan } from "../../../scripts/plan-review/plan.ts";
import { changed, type PlannedChange, policy, toPlan, toPlanJson } from "./plans.ts";

const reviewed = (...plans: Plan[]) => toMarkdown(plans, evaluate(plans));
const shown = (...changes: PlannedChange[]) => reviewed(toPlan(...changes));

describe("the text of a review", () => {
  it("says that nothing changes", () => {
    expect(shown()).to.match(/^## Plan: no changes\n/);
  });

  it("counts the changes of each stack, with its worst finding", () => {
    const table = { type: "aws_dynamodb_table" };
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
    expect(text).to.include("## Plan: critical");
    expect(text).to.include("| `staging-service` | 1 |  | 1 |  |  | critical |");
    expect(text).to.include("| `staging-edge` |  |  |  |  | 1 | warning |");
  });

  it("shows numbers, and only those texts that are never secret", () => {
    const values = {
      memory_size: [512, 1024],
      runtime: ["nodejs22.x", "nodejs24.x"],
      description: ["a", "b"],
    } as const;
    expect(shown(changed("aws_lambda_function", values))).to.include(
      "`memory_size` `512` to `1024`, `runtime` `nodejs22.x` to `nodejs24.x`, `description` |",
    );
  });

  it("marks what is known only after the apply", () => {
    expect(shown(changed("aws_x", { arn: ["old"] }, { unknown: { arn: true } }))).to.include(
      "`arn` (known after the apply)",
    );
  });

  it("of thousands of resources fits into a comment on GitHub, and keeps its findings", () => {
    const changes = Array.from({ length: 5_000 }, (_, index) =>
      changed(
        "aws_lambda_function",
        { memory_size: [index, index + 1], handler: ["a", "b"] },
        { address: `aws_lambda_function.function_with_a_long_name_${index}` },
      ),
    );
    const text = shown(...changes, { type: "aws_dynamodb_table", effect: "destroy" });
    expect(text.length).to.be.below(65_536);
    expect(text).to.include("its data are lost").and.to.include("- and 4950 more");
    expect(text).to.include("omitted because they are too long");
  });
});

const secret = "hunter2-hunter2";
const number = 4_711_000;

/** Changes of secrets in attributes, marked as sensitive by the provider or not. */
const secretChanges: readonly PlannedChange[] = [
  changed("aws_ssm_parameter", { value: ["old", secret] }),
  changed("aws_x", { runtime: ["a", secret] }, { sensitive: { runtime: true } }),
  changed("aws_lambda_function", { environment: [null, [{ variables: { A: secret } }]] }),
  changed("aws_x", { pin: [1, number] }),
  changed("aws_x", { retention_in_days: [9, number] }, { sensitive: true }),
  changed("aws_x", { retention_in_days: [number, 1] }, { sensitive: { retention_in_days: true } }),
  changed("aws_x", { expire_after_days: [number, 1] }, { sensitive: { expire_after_days: true } }),
  changed("aws_vpc_security_group_ingress_rule", { description: [null, secret], cidr_ipv4: [null, "10.0.0.0/8"] }),
  changed("aws_vpc_security_group_ingress_rule", { cidr_ipv4: [null, secret] }, { sensitive: { cidr_ipv4: true } }),
  changed("aws_iam_role_policy", { policy: ["{}", secret] }),
  changed(
    "aws_iam_policy",
    { policy: [policy(), policy({ Effect: "Allow", Action: "a:B", Resource: secret })] },
    { sensitive: { policy: true } },
  ),
  changed("aws_x", { tls_policy: [secret, "b"] }, { sensitive: { tls_policy: true } }),
  changed("aws_x", { sse_algorithm: ["aws:kms", secret] }, { sensitive: { sse_algorithm: true } }),
];

describe("the text of a review never shows", () => {
  for (const [index, change] of secretChanges.entries()) {
    it(`a secret: ${change.type} (${index})`, () => {
      const text = reviewed(toPlan(change), readPlan("drift", toPlanJson([], { drift: [change] })));
      expect(text).to.not.include("hunter2").and.not.include(String(number));
    });
  }

  it("names within an attribute that is sensitive as a whole", () => {
    const text = shown(
      changed(
        "aws_x",
        {
          variables: [
            { [secret]: "a", other: "b" },
            { [secret]: "b", other: "c" },
          ],
        },
        { sensitive: { variables: true } },
      ),
    );
    expect(text).to.not.include(secret);
    expect(text.match(/`variables` \(sensitive\)/g)).to.have.lengthOf(1);
  });

  it("invisible characters in a name", () => {
    const text = shown({ type: "aws_x", effect: "destroy", address: "aws_x.\u202Eit\u200B\u0007" });
    expect(text).to.include("`aws_x.it`");
  });

  const address = 'aws_x.it["`</summary><script>| @everyone\n## Approved"]';
  const injections: Readonly<Record<string, Plan>> = {
    "an address or the name of a stack": readPlan(
      "<b>`@here",
      toPlanJson([changed("aws_x", { a: [1, 2] }, { address })]),
    ),
    "an attribute that forces a replacement": toPlan({
      type: "aws_s3_bucket",
      effect: "replace",
      replacePaths: ["a`\n\n## Approved\n"],
    }),
  };
  for (const [source, plan] of Object.entries(injections)) {
    it(`Markdown, HTML or mentions from ${source}`, () => {
      const text = reviewed(plan);
      expect(text).to.not.match(/^## Approved/m);
      // Text between two backticks is neither Markdown nor HTML, and mentions no one.
      expect(text.replace(/`[^`]*`/g, "")).to.not.match(/Approved|script|<b>|@everyone/);
      expect(text).to.not.match(/[^\\]\| @everyone/);
    });
  }
});
