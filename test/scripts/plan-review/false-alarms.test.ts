import { expect } from "chai";
import { evaluate } from "../../../scripts/plan-review/evaluate.ts";
import { toMarkdown } from "../../../scripts/plan-review/markdown.ts";
import { expectedDrift, readPlan } from "../../../scripts/plan-review/plan.ts";
import { resources } from "../../stacks/rules/resources.ts";
import { allStacks } from "../../stacks/rules/rule.ts";
import {
  changed,
  created,
  evaluateChanges,
  type PlannedChange,
  policy,
  toPlan,
  toPlanJson,
} from "./plans.ts";

describe("a review raises no alarm", () => {
  it("at a new text of a rule", () => {
    const ingress = { cidr_blocks: ["10.0.0.0/8"], protocol: "tcp", from_port: 1, to_port: 1 };
    const [before, after] = ["old", "new"].map((description) => ({ ingress: [{ ...ingress, description }] }));
    expect(evaluateChanges(changed("aws_security_group", before!, after!))).to.deep.equal([]);
  });

  it("at what is there anew before the old one goes", () => {
    expect(
      evaluateChanges({ type: "aws_api_gateway_deployment", effect: "replace", createBeforeDestroy: true }),
    ).to.deep.equal(["note: is replaced, the new one first: nobody waits for it"]);
  });

  it("at a text that masks nothing but looks like a policy", () => {
    const masks = JSON.stringify({ Statement: [{ Sid: "audit", DataIdentifier: ["a"], Operation: {} }] });
    expect(evaluateChanges(created("aws_x", { policy_document: masks }))).to.deep.equal([]);
  });

  it("at what releases and scaling change outside of Terraform, but at what else changes there", () => {
    const drift = [
      changed("aws_lambda_alias", { function_version: "7" }, { function_version: "8" }),
      changed(
        "aws_lambda_provisioned_concurrency_config",
        { provisioned_concurrent_executions: 2 },
        { provisioned_concurrent_executions: 1 },
      ),
    ];
    expect(readPlan("staging", toPlanJson([], { drift })).drift).to.deep.equal([]);
    const name = changed("aws_lambda_alias", { name: "live" }, { name: "dead" });
    const [finding] = evaluate([readPlan("staging", toPlanJson([], { drift: [name] }))]);
    expect(finding?.subject).to.equal("Drift");
  });

  it("of which the stacks would not know: they leave to others what is left out of drift", () => {
    for (const [type, attributes] of Object.entries(expectedDrift)) {
      const ignored = resources(allStacks())
        .filter((resource) => resource.type === type)
        .map((resource) => resource.attributes.lifecycle?.ignore_changes);
      expect(ignored).to.not.be.empty;
      for (const each of ignored) expect(each).to.have.members([...attributes]);
    }
  });
});

describe("a review tells apart", () => {
  it("what a plan does, and what was done outside of Terraform", () => {
    const opened = changed("aws_x", { publicly_accessible: false }, { publicly_accessible: true });
    const [finding] = evaluate([readPlan("staging", toPlanJson([], { drift: [opened] }))]);
    expect(finding?.text).to.equal("outside of Terraform, `publicly_accessible` is switched on");
  });

  it("a resource, and what an interrupted replacement has left of it", () => {
    const plan = toPlan({ type: "aws_x", effect: "destroy", deposed: "abcd1234" });
    expect(plan.changes[0]?.address).to.equal("aws_x.it (deposed abcd1234)");
  });
});

describe("a review never shows", () => {
  const secret = "hunter2-hunter2";
  const shown = (...changes: PlannedChange[]) => {
    const plan = toPlan(...changes);
    return toMarkdown([plan], evaluate([plan]));
  };

  it("what is sensitive, in a finding either", () => {
    const text = shown(
      changed(
        "aws_iam_policy",
        { policy: policy() },
        { policy: policy({ Effect: "Allow", Action: "a:B", Resource: secret }) },
        { sensitive: { policy: true } },
      ),
      {
        ...created("aws_vpc_security_group_ingress_rule", { cidr_ipv4: secret }),
        sensitive: { cidr_ipv4: true },
      },
      changed("aws_x", { tls_policy: secret }, { tls_policy: "b" }, { sensitive: { tls_policy: true } }),
      changed(
        "aws_x",
        { retention_in_days: 4_711 },
        { retention_in_days: 1 },
        { sensitive: { retention_in_days: true } },
      ),
    );
    expect(text).to.not.include(secret).and.not.include("4711");
    expect(text).to.include("the policy is sensitive, read it in the code");
  });

  it("names within what is sensitive as a whole", () => {
    const text = shown(
      changed(
        "aws_x",
        { variables: { [secret]: "a", other: "b" } },
        { variables: { [secret]: "b", other: "c" } },
        { sensitive: { variables: true } },
      ),
    );
    expect(text).to.not.include(secret);
    expect(text.match(/`variables` \(sensitive\)/g)).to.have.lengthOf(1);
  });

  it("a name as another one than it is", () => {
    const text = shown({ type: "aws_x", effect: "destroy", address: "aws_x.\u202Eit\u200B\u0007" });
    expect(text).to.include("`aws_x.it`");
  });

  it("Markdown from the names of attributes that demand a replacement", () => {
    const text = shown({ type: "aws_s3_bucket", effect: "replace", replacePaths: ["a`\n\n# Approved\n"] });
    expect(text).to.not.match(/^# Approved/m);
    expect(text.replace(/`[^`]*`/g, "")).to.not.include("Approved");
  });
});
