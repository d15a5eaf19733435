import { expect } from "chai";
import { judge } from "../../../../scripts/ops/review/judge.ts";
import { storesKnown } from "../../../../scripts/ops/review/judgements/data-loss.ts";
import { readPlan } from "../../../../scripts/ops/review/plan.ts";
import { resources } from "../../../stacks/rules/resources.ts";
import { allStacks } from "../../../stacks/rules/rule.ts";
import { type PlannedChange, planOf, planText } from "./plans.ts";

/** Severity and text of each finding. */
const findings = (...changes: PlannedChange[]) =>
  judge([planOf(...changes)]).map(({ severity, text }) => `${severity}: ${text}`);

const policy = (...statements: object[]) => JSON.stringify({ Version: "2012-10-17", Statement: statements });
const allow = (Action: unknown, Resource: unknown = "*", more: object = {}) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...more,
});

const rolePolicy = (before: string, after: string): PlannedChange => ({
  type: "aws_iam_role_policy",
  before: { policy: before },
  after: { policy: after },
});

describe("a review says what is lost", () => {
  it("with a store that is replaced, and for which attribute", () => {
    expect(findings({ type: "aws_s3_bucket", effect: "replace", replacedFor: ["bucket"] })).to.deep.equal([
      "danger: is replaced (for `bucket`): its objects are lost",
    ]);
  });

  it("with a store that is destroyed", () => {
    expect(findings({ type: "mongodbatlas_advanced_cluster", effect: "destroy" })).to.deep.equal([
      "danger: is destroyed: its databases and its snapshots are lost",
    ]);
  });

  it("for every type that our stacks protect from being destroyed", () => {
    const protectedTypes = resources(allStacks())
      .filter(({ attributes }) => attributes.lifecycle?.prevent_destroy)
      .map(({ type }) => type);
    expect(protectedTypes).to.not.be.empty;
    expect(storesKnown).to.include.members([...new Set(protectedTypes)]);
  });

  it("not when it only changes", () => {
    expect(
      findings({ type: "aws_s3_bucket", before: { tags: {} }, after: { tags: { a: "b" } } }),
    ).to.deep.equal([]);
  });
});

describe("a review says who may do more", () => {
  const get = allow("s3:GetObject", "arn:aws:s3:::vault/*");

  it("by a new action, and by a new resource", () => {
    expect(
      findings(rolePolicy(policy(get), policy(get, allow(["s3:PutObject"], "arn:aws:s3:::vault/dumps/*")))),
    ).to.deep.equal(["attention: more is allowed: `s3:PutObject` on `arn:aws:s3:::vault/dumps/*`"]);
    expect(
      findings(
        rolePolicy(
          policy(get),
          policy(allow("s3:GetObject", ["arn:aws:s3:::vault/*", "arn:aws:s3:::other/*"])),
        ),
      ),
    ).to.deep.equal(["attention: more is allowed: `s3:GetObject` on `arn:aws:s3:::other/*`"]);
  });

  it("by a condition that goes", () => {
    const onlyBySsm = allow("kms:Decrypt", "key", {
      Condition: { StringEquals: { "kms:ViaService": "ssm" } },
    });
    expect(findings(rolePolicy(policy(onlyBySsm), policy(allow("kms:Decrypt", "key"))))).to.deep.equal([
      "attention: more is allowed: `kms:Decrypt` on `key`",
    ]);
  });

  it("by a prohibition that goes, with its resource or altogether", () => {
    const deny = { Effect: "Deny", Action: "s3:DeleteObject", Resource: "*" };
    for (const change of [
      rolePolicy(policy(get, deny), policy(get)),
      { type: "aws_s3_bucket_policy", effect: "destroy" as const, before: { policy: policy(deny) } },
    ]) {
      expect(findings(change)).to.deep.equal(["attention: less is forbidden: `s3:DeleteObject` on `*`"]);
    }
  });

  it("by `NotAction` that leaves out less", () => {
    const [before, after] = [["iam:*", "kms:*"], ["iam:*"]].map((NotAction) =>
      policy({ Effect: "Allow", NotAction, Resource: "*" }),
    );
    expect(findings(rolePolicy(before!, after!))).to.deep.equal([
      "danger: more is allowed: `all but iam:*` on `*`",
    ]);
  });

  it("as a danger when it is everything, or for everybody", () => {
    expect(findings(rolePolicy(policy(), policy(allow("*"))))).to.deep.equal([
      "danger: more is allowed: `*` on `*`",
    ]);
    const everybody = {
      type: "aws_s3_bucket_policy",
      before: { policy: policy() },
      after: { policy: policy({ ...get, Principal: "*" }) },
    };
    expect(findings(everybody)[0]).to.match(/^danger: more is allowed: `s3:GetObject` on .* by `\*`$/);
  });

  it("as a danger when a role loses its boundary", () => {
    expect(
      findings({
        type: "aws_iam_role",
        before: { permissions_boundary: "arn" },
        after: { permissions_boundary: null },
      })[0],
    ).to.match(/^danger: its permissions boundary goes/);
  });

  it("by the keys of a condition alone: its values may be secrets", () => {
    const [finding] = findings(
      rolePolicy(
        policy(),
        policy(allow("s3:GetObject", "b", { Condition: { StringEquals: { "aws:Referer": "hunter2" } } })),
      ),
    );
    expect(finding).to.include("if `aws:Referer` fits").and.to.not.include("hunter2");
  });

  it("or that it cannot know, as a policy is known only after the apply", () => {
    expect(
      findings({ type: "aws_iam_role_policy", effect: "create", unknown: { policy: true } })[0],
    ).to.match(/^attention: `policy` is known only after the apply/);
  });

  it("not when the order changes, a wildcard covers it already, or less is allowed", () => {
    const same = [policy(get, allow("a:B")), policy(allow("a:B"), get)] as const;
    const covered = [policy(allow("s3:*", "arn:aws:s3:::vault/*")), policy(get)] as const;
    for (const [before, after] of [same, covered]) {
      expect(findings(rolePolicy(before, after))).to.deep.equal([]);
    }
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
      findings(
        ingress({ referenced_security_group_id: "sg-1", from_port: 6379, to_port: 6379, ip_protocol: "tcp" }),
      ),
    ).to.deep.equal(["attention: lets `sg-1` in to port `6379` by `tcp`"]);
    expect(findings(ingress({ cidr_ipv4: "0.0.0.0/0", ip_protocol: "-1" }))).to.deep.equal([
      "danger: lets `0.0.0.0/0` in to every port",
    ]);
  });

  it("by a rule within a security group", () => {
    const rule = { cidr_blocks: ["10.0.0.0/8"], protocol: "tcp", from_port: 1, to_port: 9 };
    expect(
      findings({ type: "aws_security_group", before: { ingress: [] }, after: { ingress: [rule] } }),
    ).to.deep.equal(["attention: lets `10.0.0.0/8` in to ports `1` to `9` by `tcp`"]);
  });

  it("by Atlas's access list, and by a bucket that may be public", () => {
    expect(
      findings({
        type: "mongodbatlas_project_ip_access_list",
        effect: "create",
        after: { cidr_block: "0.0.0.0/0" },
      }),
    ).to.deep.equal(["danger: the database can be reached from `0.0.0.0/0`"]);
    expect(
      findings({
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

  it("by a rule of the firewall that goes, only counts, lets more through, or fits otherwise", () => {
    expect(findings(acl([rule("rate", "block")], []))).to.deep.equal(["attention: rule `rate` goes"]);
    expect(findings(acl([rule("rate", "block")], [rule("rate", "count")]))).to.deep.equal([
      "attention: rule `rate` answers `count` where it did `block`",
    ]);
    expect(findings(acl([rule("rate", "block")], [rule("rate", "block", 200)]))).to.deep.equal([
      "attention: rule `rate` lets 200 requests through where it did 100",
    ]);
    const other = { ...rule("rate", "block"), statement: [{ geo_match_statement: [{}] }] };
    expect(findings(acl([{ ...other, statement: [{}] }], [other]))).to.deep.equal([
      "attention: rule `rate` fits other requests than before",
    ]);
  });

  it("by the firewall's default, and by a firewall that goes", () => {
    expect(findings(acl([], [], ["block", "allow"]))[0]).to.match(
      /^danger: lets through what no rule is about/,
    );
    expect(findings({ type: "aws_wafv2_web_acl_association", effect: "destroy" })[0]).to.match(
      /^danger: goes/,
    );
  });

  it("not by rules that become stricter or stay", () => {
    expect(findings(acl([rule("rate", "count")], [rule("rate", "block", 50)]))).to.deep.equal([]);
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
      expect(findings(changed(before, after)).map((text) => text.split(":")[0])).to.deep.equal([severity]);
      expect(findings(changed(after, before)).filter((text) => text.startsWith("danger"))).to.deep.equal([]);
    });
  }

  it("where a protection is destroyed", () => {
    expect(findings({ type: "aws_cloudwatch_log_data_protection_policy", effect: "destroy" })).to.deep.equal([
      "danger: goes: addresses and tokens in this log are no longer masked",
    ]);
  });
});

describe("a review says what belongs to a release, and what users notice", () => {
  it("by an alias that Terraform would move", () => {
    expect(
      findings({
        type: "aws_lambda_alias",
        before: { function_version: "7" },
        after: { function_version: "8" },
      })[0],
    ).to.match(/^danger: moves all requests at once/);
    expect(
      findings({ type: "aws_lambda_alias", before: { description: "a" }, after: { description: "b" } }),
    ).to.deep.equal([]);
  });

  it("by code that changes", () => {
    expect(
      findings({
        type: "aws_lambda_function",
        before: { source_code_hash: "a" },
        after: { source_code_hash: "b" },
      }),
    ).to.deep.equal([
      "note: a new version, for `source_code_hash`: it serves nobody before a release moves the alias",
    ]);
  });

  it("by what stands in the way of a request and is made anew", () => {
    expect(findings({ type: "aws_api_gateway_stage", effect: "replace" })).to.deep.equal([
      "attention: is replaced: the API answers nobody until it is there again",
    ]);
  });

  it("by limits that fall, and as a danger by those that let nothing through", () => {
    const reserved = (before: number, after: number): PlannedChange => ({
      type: "aws_lambda_function",
      before: { reserved_concurrent_executions: before },
      after: { reserved_concurrent_executions: after },
    });
    expect(findings(reserved(100, 50))[0]).to.match(/^attention/);
    expect(findings(reserved(100, 0))[0]).to.match(/^danger/);
    expect(findings(reserved(50, 100))).to.deep.equal([]);
  });

  it("by a node that changes in place", () => {
    expect(
      findings({
        type: "aws_elasticache_replication_group",
        before: { node_type: "a" },
        after: { node_type: "b" },
      })[0],
    ).to.match(/^attention: `node_type` changes: a failover/);
  });
});

describe("a review", () => {
  it("puts the worst first", () => {
    const [first] = judge([
      planOf(
        { type: "aws_lambda_function", before: { handler: "a" }, after: { handler: "b" } },
        { type: "aws_kms_key", effect: "destroy" },
      ),
    ]);
    expect(first?.severity).to.equal("danger");
  });

  it("judges what changed outside of Terraform as it judges a plan", () => {
    const drift = [rolePolicy(policy(), policy(allow("s3:*", "bucket")))];
    expect(judge([readPlan("staging", planText([], { drift }))])).to.have.lengthOf(1);
  });

  it("says that a plan is incomplete, and what Terraform no longer knows", () => {
    expect(judge([readPlan("staging", planText([], { errored: true }))])[0]?.severity).to.equal("danger");
    expect(findings({ type: "aws_x", effect: "forget" })[0]).to.match(/^attention: stays in the cloud/);
  });
});
