import { expect } from "chai";
import { evaluate } from "../../../scripts/plan-review/evaluate.ts";
import { toMarkdown } from "../../../scripts/plan-review/markdown.ts";
import { readPlan } from "../../../scripts/plan-review/plan.ts";
import { changed, type PlannedChange, toPlanJson } from "./plans.ts";

/** The findings about a plan with these parts, with their addresses. */
function find(parts: object, ...changes: readonly PlannedChange[]): string[] {
  const plan = readPlan("staging", toPlanJson(changes, { ...parts }));
  return evaluate([plan]).map(({ severity, subject, address, text }) =>
    [`${severity} ${subject}`, address, text].filter(Boolean).join(": "),
  );
}

const bucket = {
  ...{ address: "aws_s3_bucket.it", mode: "managed", type: "aws_s3_bucket", name: "it" },
  change: { actions: ["delete", "create"], before: {}, after: {}, after_unknown: {} },
};
/** As in https://github.com/hashicorp/terraform-json/blob/main/testdata/actions/plan.json, with the trigger of its plan.go. */
const action = {
  ...{ address: "action.aws_lambda_invoke.it", type: "aws_lambda_invoke", name: "it" },
  ...{ config_values: { payload: "hunter2" }, config_sensitive: {}, config_unknown: {} },
  provider_name: "registry.terraform.io/hashicorp/aws",
};
const lifecycle_action_trigger = {
  ...{ triggering_resource_address: "aws_sqs_queue.it", action_trigger_event: "AfterCreate" },
  ...{ action_trigger_block_index: 0, actions_list_index: 0 },
};
const check = (status: string) => ({
  address: { kind: "check", name: "health", to_display: "check.health" },
  status,
  instances: [{ address: { to_display: "check.health" }, status, problems: [{ message: "hunter2" }] }],
});
const output = (marked: boolean) => ({
  ...{ actions: ["update"], before: "hunter2", after: "hunter2", after_unknown: false },
  ...{ before_sensitive: marked, after_sensitive: marked },
});
const declared = (outputs: object) => ({ configuration: { root_module: { outputs } } });

describe("a review says what a plan says elsewhere:", () => {
  for (const [title, parts, ...expected] of [
    [
      "an action that a resource triggers",
      { action_invocations: [{ ...action, lifecycle_action_trigger }] },
      "warning Action: action.aws_lambda_invoke.it: is invoked by `AfterCreate` of `aws_sqs_queue.it`: read in the code what it does",
    ],
    [
      "an action that is named",
      { action_invocations: [{ ...action, invoke_action_trigger: {} }] },
      "warning Action: action.aws_lambda_invoke.it: is invoked by the command line: read in the code what it does",
    ],
    [
      "a deferred action",
      { deferred_action_invocations: [{ reason: "deferred_prereq", action_invocation: action }] },
      "warning Deferred: action.aws_lambda_invoke.it: is deferred (`deferred_prereq`): a later plan invokes it",
    ],
    [
      "a deferred change",
      { deferred_changes: [{ reason: "provider_config_unknown", resource_change: bucket }], complete: false },
      "critical Incomplete: it plans a part (`-target`, deferral): more resources change than this review lists",
      "warning Deferred: aws_s3_bucket.it: is deferred (`provider_config_unknown`): a later plan decides how to delete and create it",
    ],
    [
      "that planning failed",
      { errored: true, complete: false },
      "critical Incomplete: planning ended early: more resources change than this review lists",
    ],
    [
      "a failed check",
      { checks: [check("fail")] },
      "warning Check: check.health: fails: the output of Terraform says why",
    ],
    [
      "a check with an error, of which there are no instances",
      { checks: [{ ...check("error"), instances: [] }] },
      "warning Check: check.health: has the status `error`: the output of Terraform says why",
    ],
    ["no check that passed, or that the apply decides", { checks: [check("pass"), check("unknown")] }],
    [
      "an output that stops being sensitive",
      { output_changes: { password: output(true) }, ...declared({ password: {} }) },
      "critical Output: output.password: is no longer sensitive: plans, logs and the stacks that read it show its value",
    ],
    [
      "an output that other stacks may read",
      {
        output_changes: {
          ...{ still: output(true), never: output(false), removed: { ...output(true), actions: ["delete"] } },
          created: { ...output(false), actions: ["create"] },
        },
        ...declared({ still: { sensitive: true }, never: {}, created: {} }),
      },
      "warning Output: output.removed: is removed: a stack that reads it cannot be planned any more",
      "info Output: output.still: changes: the stacks that read it change with it",
      "info Output: output.never: changes: the stacks that read it change with it",
    ],
    [
      "unknown parts",
      { future_changes: [], more: 1 },
      "warning Not read: parts that this review does not know (2): `future_changes`, `more`",
    ],
    [
      "a newer format",
      { format_version: "1.9" },
      "warning Not read: its format `1.9` is newer than this review: parts of it may be missing here",
    ],
    [
      "an unknown part of two changes",
      { resource_drift: [1, 2].map(() => ({ ...bucket, change: { ...bucket.change, actions: ["no-op"], later: 1 } })) },
      "warning Not read: parts that this review does not know (1): `change.later`",
    ],
    [
      "an unknown action of a resource",
      { resource_changes: [{ ...bucket, change: { ...bucket.change, actions: ["migrate"] } }] },
      "warning Not read: aws_s3_bucket.it: this review does not know `migrate` of a `managed` resource",
    ],
    [
      "a resource of an unknown kind",
      { resource_changes: [{ ...bucket, mode: "ephemeral", change: { ...bucket.change, actions: ["read"] } }] },
      "warning Not read: aws_s3_bucket.it: this review does not know `read` of a `ephemeral` resource",
    ],
  ] as const) {
    it(title, () => {
      expect(find(parts as object)).to.deep.equal(expected);
      const plan = readPlan("staging", toPlanJson([], { ...(parts as object) }));
      expect(toMarkdown([plan], evaluate([plan]))).to.not.include("hunter2");
    });
  }

  it("nothing about the parts of every plan", () => {
    const parts = "variables prior_state relevant_attributes timestamp applyable terraform_version".split(" ");
    const changes = [changed("aws_x", { memory_size: [1, 2] })];
    const all = { complete: true, errored: false, checks: [], output_changes: {}, configuration: {} };
    expect(find({ ...Object.fromEntries(parts.map((name) => [name, {}])), ...all }, ...changes)).to.deep.equal([]);
  });
});

describe("a review of an import", () => {
  it("says that the same apply changes it", () => {
    const imported = changed("aws_x", { memory_size: [1, 2] }, { isImported: true });
    expect(find({}, imported)).to.deep.equal([
      "warning Imported: aws_x.it: is imported, and the same apply changes it: compare it with what exists",
    ]);
    const plan = readPlan("staging", toPlanJson([imported]));
    expect(toMarkdown([plan], evaluate([plan])))
      .to.include("| stack | create | change | replace | destroy | forget | import |")
      .and.include("| `staging` |  | 1 |  |  |  | 1 |");
  });

  it("says that the same apply replaces it", () => {
    const found = find({}, changed("aws_s3_bucket", "replace", { isImported: true })).join("\n");
    expect(found).to.include("critical Data loss").and.include("warning Imported");
  });
});

describe("a review of a replacement that forgets the old resource", () => {
  it("finds that it stays in the cloud, and what the new one opens", () => {
    const values = { cidr_ipv4: "0.0.0.0/0", ip_protocol: "-1" };
    const change = { actions: ["create", "forget"], before: values, after: values, after_unknown: {} };
    const type = "aws_vpc_security_group_ingress_rule";
    const found = find({ resource_changes: [{ ...bucket, type, address: `${type}.it`, change }] }).join("\n");
    expect(found).to.include("critical Network").and.include("warning Forgotten");
  });
});

describe("a review takes what Terraform leaves out", () => {
  const without = (change: PlannedChange, ...names: string[]) => {
    const plan = JSON.parse(toPlanJson([change]));
    for (const name of names) delete plan.resource_changes[0].change[name];
    return evaluate([readPlan("staging", JSON.stringify(plan))]).map(({ severity, text }) => `${severity}: ${text}`);
  };
  const change = changed("aws_x", { encrypted: [true, false] });

  for (const names of [
    ["after_unknown"],
    ["before_sensitive"],
    ["after_sensitive"],
    ["after_unknown", "before_sensitive", "after_sensitive"],
  ]) {
    it(`as not unknown or not sensitive: ${names}`, () => {
      expect(without(change, ...names)).to.deep.equal(["critical: `encrypted` is switched off"]);
    });
  }

  it("as no value: an attribute that a removal does not describe", () => {
    expect(without(changed("aws_s3_bucket", "destroy"), "after", "after_unknown")[0]).to.match(
      /^critical: is destroyed/,
    );
    expect(without(changed("aws_s3_bucket_acl", "create", { after: { acl: "public-read" } }), "before")[0]).to.match(
      /^critical/,
    );
  });

  it("as still sensitive on the other side", () => {
    const secret = changed("aws_x", { tls_policy: ["hunter2", "b"] }, { sensitive: { tls_policy: true } });
    for (const name of ["before_sensitive", "after_sensitive"])
      expect(without(secret, name).join()).to.not.include("hunter2");
  });
});
