import { expect } from "chai";
import { evaluateChanges, type PlannedChange, policy } from "./plans.ts";

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

describe("a review says who may do more", () => {
  const get = allow("s3:GetObject", "arn:aws:s3:::backups/*");

  it("by a new action, and by a new resource", () => {
    expect(
      evaluateChanges(
        rolePolicy(policy(get), policy(get, allow(["s3:PutObject"], "arn:aws:s3:::backups/dumps/*"))),
      ),
    ).to.deep.equal(["attention: more is allowed: `s3:PutObject` on `arn:aws:s3:::backups/dumps/*`"]);
    expect(
      evaluateChanges(
        rolePolicy(
          policy(get),
          policy(allow("s3:GetObject", ["arn:aws:s3:::backups/*", "arn:aws:s3:::other/*"])),
        ),
      ),
    ).to.deep.equal(["attention: more is allowed: `s3:GetObject` on `arn:aws:s3:::other/*`"]);
  });

  it("by a condition that goes", () => {
    const onlyBySsm = allow("kms:Decrypt", "key", {
      Condition: { StringEquals: { "kms:ViaService": "ssm" } },
    });
    expect(evaluateChanges(rolePolicy(policy(onlyBySsm), policy(allow("kms:Decrypt", "key"))))).to.deep.equal(
      ["attention: more is allowed: `kms:Decrypt` on `key`"],
    );
  });

  it("by a prohibition that goes, with its resource or altogether", () => {
    const deny = { Effect: "Deny", Action: "s3:DeleteObject", Resource: "*" };
    for (const change of [
      rolePolicy(policy(get, deny), policy(get)),
      { type: "aws_s3_bucket_policy", effect: "destroy" as const, before: { policy: policy(deny) } },
    ]) {
      expect(evaluateChanges(change)).to.deep.equal([
        "attention: less is forbidden: `s3:DeleteObject` on `*`",
      ]);
    }
  });

  it("by `NotAction` that leaves out less", () => {
    const [before, after] = [["iam:*", "kms:*"], ["iam:*"]].map((NotAction) =>
      policy({ Effect: "Allow", NotAction, Resource: "*" }),
    );
    expect(evaluateChanges(rolePolicy(before!, after!))).to.deep.equal([
      "danger: more is allowed: `all but iam:*` on `*`",
    ]);
  });

  it("as a danger when it is everything, or for everybody", () => {
    expect(evaluateChanges(rolePolicy(policy(), policy(allow("*"))))).to.deep.equal([
      "danger: more is allowed: `*` on `*`",
    ]);
    const everybody = {
      type: "aws_s3_bucket_policy",
      before: { policy: policy() },
      after: { policy: policy({ ...get, Principal: "*" }) },
    };
    expect(evaluateChanges(everybody)[0]).to.match(/^danger: more is allowed: `s3:GetObject` on .* by `\*`$/);
  });

  it("as a danger when a role loses its boundary", () => {
    expect(
      evaluateChanges({
        type: "aws_iam_role",
        before: { permissions_boundary: "arn" },
        after: { permissions_boundary: null },
      })[0],
    ).to.match(/^danger: its permissions boundary goes/);
  });

  it("by the keys of a condition alone: its values may be secrets", () => {
    const [finding] = evaluateChanges(
      rolePolicy(
        policy(),
        policy(allow("s3:GetObject", "b", { Condition: { StringEquals: { "aws:Referer": "hunter2" } } })),
      ),
    );
    expect(finding).to.include("if `aws:Referer` fits").and.to.not.include("hunter2");
  });

  it("or that it cannot know, as a policy is known only after the apply", () => {
    expect(
      evaluateChanges({ type: "aws_iam_role_policy", effect: "create", unknown: { policy: true } })[0],
    ).to.match(/^attention: `policy` is known only after the apply/);
  });

  it("not when the order changes, a wildcard covers it already, or less is allowed", () => {
    const same = [policy(get, allow("a:B")), policy(allow("a:B"), get)] as const;
    const covered = [policy(allow("s3:*", "arn:aws:s3:::backups/*")), policy(get)] as const;
    for (const [before, after] of [same, covered]) {
      expect(evaluateChanges(rolePolicy(before, after))).to.deep.equal([]);
    }
  });
});
