import { expect } from "chai";
import { evaluate } from "../../../scripts/plan-review/evaluate.ts";
import { readPlan } from "../../../scripts/plan-review/plan.ts";
import { statefulTypes } from "../../../scripts/plan-review/rules/data-loss.ts";
import { stores } from "../../stacks/rules/stores.ts";
import { changed, evaluateChanges, type PlannedChange, policy, toPlan, toPlanJson } from "./plans.ts";

describe("a review says what is lost", () => {
  it("with a store that is replaced, and for which attribute", () => {
    expect(
      evaluateChanges({ type: "aws_s3_bucket", effect: "replace", replacePaths: ["bucket"] }),
    ).to.deep.equal(["danger: is replaced (for `bucket`): its objects are lost"]);
  });

  it("with a store that is destroyed", () => {
    expect(evaluateChanges({ type: "mongodbatlas_advanced_cluster", effect: "destroy" })).to.deep.equal([
      "danger: is destroyed: its databases and its snapshots are lost",
    ]);
  });

  it("for every store that the stacks must protect from being destroyed", () => {
    // Of the last two, only the release log and the stack with the origin secret.
    const protectedTypes = [...stores, "aws_cloudwatch_log_group", "aws_cloudformation_stack"];
    expect(statefulTypes).to.include.members(protectedTypes);
  });

  it("not when it only changes", () => {
    expect(
      evaluateChanges({ type: "aws_s3_bucket", before: { tags: {} }, after: { tags: { a: "b" } } }),
    ).to.deep.equal([]);
  });
});

describe("a review says what is opened", () => {
  const ingress = (after: object): PlannedChange => ({
    type: "aws_vpc_security_group_ingress_rule",
    effect: "create",
    after: after as never,
  });

  it("by a rule of a security group", () => {
    expect(
      evaluateChanges(
        ingress({ referenced_security_group_id: "sg-1", from_port: 6379, to_port: 6379, ip_protocol: "tcp" }),
      ),
    ).to.deep.equal(["attention: lets `sg-1` in to port `6379` by `tcp`"]);
    expect(evaluateChanges(ingress({ cidr_ipv4: "0.0.0.0/0", ip_protocol: "-1" }))).to.deep.equal([
      "danger: lets `0.0.0.0/0` in to every port",
    ]);
  });

  it("by a rule within a security group", () => {
    const rule = { cidr_blocks: ["10.0.0.0/8"], protocol: "tcp", from_port: 1, to_port: 9 };
    expect(
      evaluateChanges({ type: "aws_security_group", before: { ingress: [] }, after: { ingress: [rule] } }),
    ).to.deep.equal(["attention: lets `10.0.0.0/8` in to ports `1` to `9` by `tcp`"]);
  });

  it("by Atlas's access list, and by a bucket that may be public", () => {
    expect(
      evaluateChanges({
        type: "mongodbatlas_project_ip_access_list",
        effect: "create",
        after: { cidr_block: "0.0.0.0/0" },
      }),
    ).to.deep.equal(["danger: the database can be reached from `0.0.0.0/0`"]);
    expect(
      evaluateChanges({
        type: "aws_s3_bucket_public_access_block",
        before: { block_public_acls: true },
        after: { block_public_acls: false },
      }),
    ).to.deep.equal(["danger: the bucket may be made public: `block_public_acls` is off"]);
  });

  const rule = (name: string, action: string, limit = 100) => ({
    name,
    action: [{ [action]: [{}], ...(action === "block" ? { allow: [] } : {}) }],
    statement: [{ rate_based_statement: [{ limit }] }],
  });
  const acl = (before: object[], after: object[], [was, is] = ["block", "block"]): PlannedChange => ({
    type: "aws_wafv2_web_acl",
    before: { rule: before, default_action: [{ [was!]: [{}] }] },
    after: { rule: after, default_action: [{ [is!]: [{}] }] },
  });

  it("by a rule of the web ACL that goes, only counts, lets more through, or fits otherwise", () => {
    expect(evaluateChanges(acl([rule("rate", "block")], []))).to.deep.equal(["attention: rule `rate` goes"]);
    expect(evaluateChanges(acl([rule("rate", "block")], [rule("rate", "count")]))).to.deep.equal([
      "attention: rule `rate` answers `count` where it did `block`",
    ]);
    expect(evaluateChanges(acl([rule("rate", "block")], [rule("rate", "block", 200)]))).to.deep.equal([
      "attention: rule `rate` lets 200 requests through where it did 100",
    ]);
    const other = { ...rule("rate", "block"), statement: [{ geo_match_statement: [{}] }] };
    expect(evaluateChanges(acl([{ ...other, statement: [{}] }], [other]))).to.deep.equal([
      "attention: rule `rate` fits other requests than before",
    ]);
  });

  it("by the web ACL's default, and by a web ACL that goes", () => {
    expect(evaluateChanges(acl([], [], ["block", "allow"]))[0]).to.match(
      /^danger: lets through what no rule is about/,
    );
    expect(evaluateChanges({ type: "aws_wafv2_web_acl_association", effect: "destroy" })[0]).to.match(
      /^danger: goes/,
    );
  });

  it("not by rules that become stricter or stay", () => {
    expect(evaluateChanges(acl([rule("rate", "count")], [rule("rate", "block", 50)]))).to.deep.equal([]);
  });
});

describe("a review says what protects less", () => {
  const changed = (before: object, after: object): PlannedChange => ({
    type: "aws_x",
    before: before as never,
    after: after as never,
  });
  for (const [what, before, after, severity] of [
    [
      "encryption at rest",
      { at_rest_encryption_enabled: true },
      { at_rest_encryption_enabled: false },
      "danger",
    ],
    ["the key", { sse: [{ kms_master_key_id: "arn" }] }, { sse: [{ kms_master_key_id: null }] }, "danger"],
    ["another key", { kms_key_id: "a" }, { kms_key_id: "b" }, "attention"],
    [
      "TLS",
      { minimum_protocol_version: "TLSv1.3_2025" },
      { minimum_protocol_version: "TLSv1.2_2021" },
      "danger",
    ],
    ["deletion protection", { deletion_protection: true }, { deletion_protection: false }, "danger"],
    ["force", { force_destroy: false }, { force_destroy: true }, "danger"],
    ["retention", { retention_in_days: 365 }, { retention_in_days: 30 }, "attention"],
    [
      "versions",
      { versioning: [{ status: "Enabled" }] },
      { versioning: [{ status: "Suspended" }] },
      "danger",
    ],
  ] as const) {
    it(`of ${what}`, () => {
      expect(evaluateChanges(changed(before, after)).map((text) => text.split(":")[0])).to.deep.equal([
        severity,
      ]);
      expect(
        evaluateChanges(changed(after, before)).filter((text) => text.startsWith("danger")),
      ).to.deep.equal([]);
    });
  }

  it("where a protection is destroyed", () => {
    expect(
      evaluateChanges({ type: "aws_cloudwatch_log_data_protection_policy", effect: "destroy" }),
    ).to.deep.equal(["danger: goes: addresses and tokens in this log are no longer masked"]);
  });
});

describe("a review says what belongs to a release, and what users notice", () => {
  it("by an alias that Terraform would move", () => {
    expect(
      evaluateChanges({
        type: "aws_lambda_alias",
        before: { function_version: "7" },
        after: { function_version: "8" },
      })[0],
    ).to.match(/^danger: moves all requests at once/);
    expect(
      evaluateChanges({
        type: "aws_lambda_alias",
        before: { description: "a" },
        after: { description: "b" },
      }),
    ).to.deep.equal([]);
  });

  it("by code that changes", () => {
    expect(
      evaluateChanges({
        type: "aws_lambda_function",
        before: { source_code_hash: "a" },
        after: { source_code_hash: "b" },
      }),
    ).to.deep.equal([
      "note: a new version, for `source_code_hash`: it serves nobody before a release moves the alias",
    ]);
  });

  it("by what stands in the way of a request and is made anew", () => {
    expect(evaluateChanges({ type: "aws_api_gateway_stage", effect: "replace" })).to.deep.equal([
      "attention: is replaced: the API answers nobody until it is there again",
    ]);
  });

  it("by limits that fall, and as a danger by those that let nothing through", () => {
    const reserved = (before: number, after: number): PlannedChange => ({
      type: "aws_lambda_function",
      before: { reserved_concurrent_executions: before },
      after: { reserved_concurrent_executions: after },
    });
    expect(evaluateChanges(reserved(100, 50))[0]).to.match(/^attention/);
    expect(evaluateChanges(reserved(100, 0))[0]).to.match(/^danger/);
    expect(evaluateChanges(reserved(50, 100))).to.deep.equal([]);
  });

  it("by a node that changes in place", () => {
    expect(
      evaluateChanges({
        type: "aws_elasticache_replication_group",
        before: { node_type: "a" },
        after: { node_type: "b" },
      })[0],
    ).to.match(/^attention: `node_type` changes: a failover/);
  });
});

describe("a review", () => {
  it("puts the worst first", () => {
    const [first] = evaluate([
      toPlan(
        { type: "aws_lambda_function", before: { handler: "a" }, after: { handler: "b" } },
        { type: "aws_kms_key", effect: "destroy" },
      ),
    ]);
    expect(first?.severity).to.equal("danger");
  });

  it("judges what changed outside of Terraform as it judges a plan", () => {
    const more = { policy: policy({ Effect: "Allow", Action: "s3:*", Resource: "bucket" }) };
    const drift = [changed("aws_iam_role_policy", { policy: policy() }, more)];
    expect(evaluate([readPlan("staging", toPlanJson([], { drift }))])).to.have.lengthOf(1);
  });

  it("says that a plan is incomplete, and what Terraform no longer knows", () => {
    expect(evaluate([readPlan("staging", toPlanJson([], { errored: true }))])[0]?.severity).to.equal(
      "danger",
    );
    expect(evaluateChanges({ type: "aws_x", effect: "forget" })[0]).to.match(
      /^attention: stays in the cloud/,
    );
  });
});
