import { expect } from "chai";
import { type Case, findIn, itFinds, policy } from "../plans.ts";

const allow = (Action: unknown, Resource: unknown = "*", more: object = {}) => ({
  ...{ Effect: "Allow", Action, Resource },
  ...more,
});
const get = allow("s3:GetObject", "arn:aws:s3:::backups/*");
const deny = { Effect: "Deny", Action: "s3:DeleteObject", Resource: "*" };

const rolePolicy = (before: readonly object[], after: readonly object[], finding?: string | RegExp): Case => [
  "aws_iam_role_policy",
  { policy: [policy(...before), policy(...after)] },
  finding,
];
const permitted = (statement: object, finding: string | RegExp): Case =>
  rolePolicy([], [{ Effect: "Allow", ...statement }], finding);
const decrypt = { Condition: { StringEquals: { "kms:ViaService": "ssm" } } };
const trust = { Action: "sts:AssumeRoleWithWebIdentity", Principal: { Federated: "arn:aws:iam::1:oidc-provider/a" } };

describe("a review finds wider policies:", () => {
  itFinds([
    rolePolicy(
      [get],
      [get, allow(["s3:PutObject"], "arn:aws:s3:::backups/dumps/*")],
      "warning: allows more: `s3:PutObject` on `arn:aws:s3:::backups/dumps/*`",
    ),
    rolePolicy(
      [get],
      [allow("s3:GetObject", ["arn:aws:s3:::backups/*", "arn:aws:s3:::other/*"])],
      "warning: allows more: `s3:GetObject` on `arn:aws:s3:::other/*`",
    ),
    rolePolicy([allow("a:B", "key", decrypt)], [allow("a:B", "key")], "warning: allows more: `a:B` on `key`"),
    permitted(allow("a:B", "c", { Condition: { Null: null } }), "warning: allows more: `a:B` on `c` if  matches"),
    // Without the values of a condition, which may be secrets.
    permitted(allow("a:B", "c", decrypt), "warning: allows more: `a:B` on `c` if `kms:ViaService` matches"),
    rolePolicy([get, deny], [get], "warning: denies less: `s3:DeleteObject` on `*`"),
    [
      "aws_s3_bucket_policy",
      "destroy",
      "warning: denies less: `s3:DeleteObject` on `*`",
      { before: { policy: policy(deny) } },
    ],
    permitted({ Action: "*", Resource: "*" }, "critical: allows more: `*` on `*`"),
    [
      "aws_s3_bucket_policy",
      { policy: [policy(), policy({ ...get, Principal: "*" })] },
      /^critical: allows more: `s3:GetObject` on .* by `\*`$/,
    ],
    [
      "aws_iam_role",
      { inline_policy: [null, [{ name: "x", policy: policy(allow("*")) }]] },
      "critical: allows more: `*` on `*`",
    ],
    [
      "aws_sns_topic",
      { policy: [null, policy({ Effect: "Allow", Principal: "*", Action: "sns:Publish" })] },
      "critical: allows more: `sns:Publish` by `*`",
    ],
    rolePolicy(
      [{ Effect: "Allow", NotAction: ["iam:*", "kms:*"], Resource: "*" }],
      [{ Effect: "Allow", NotAction: ["iam:*"], Resource: "*" }],
      "critical: allows more: `all except iam:*` on `*`",
    ),
    permitted({ Action: "s3:Get*", NotResource: "a" }, /^critical: .*`all except a`$/),
    permitted({ Action: "iam:Put*", Resource: "arn:aws:iam::*:role/*" }, /^critical/),
    permitted({ Action: "iam:PassRole", Resource: "*" }, /^critical/),
    [
      "aws_iam_role",
      { assume_role_policy: [policy(), policy({ Effect: "Allow", ...trust })] },
      /^critical: allows more: `sts:AssumeRoleWithWebIdentity` by `Federated/,
    ],
    [
      "aws_iam_policy",
      // In another case than AWS's.
      { policy: [policy(), '{"statement":[{"effect":"Allow"}]}'] },
      "warning: `policy` is not a policy that can be read here",
    ],
    ["aws_iam_role_policy", "create", /^warning: `policy` is known only after/, { unknown: { policy: true } }],
    ["aws_vpc_endpoint_policy", "destroy", /^critical: is removed: the endpoint allows/],
    rolePolicy([get, allow("a:B")], [allow("a:B"), get]),
    rolePolicy([allow("s3:*", "arn:aws:s3:::backups/*")], [get]),
    ["aws_x", { policy_document: [null, policy({ Sid: "audit", DataIdentifier: ["a"], Operation: {} })] }],
  ]);

  it("also if they are slow to compare", () => {
    const slow = rolePolicy([allow(`${"*a".repeat(40)}b`)], [allow("a".repeat(5_000))]);
    expect(findIn(...slow)[0]).to.match(/^warning: allows more/);
  }).timeout(2_000);
});

const admin = "arn:aws:iam::aws:policy/AdministratorAccess";

describe("a review finds wider permissions:", () => {
  itFinds([
    ["aws_iam_role", { managed_policy_arns: [null, [admin]] }, `critical: \`${admin}\` is attached`],
    [
      "aws_iam_policy_attachment",
      { policy_arn: [null, "arn:aws:iam::aws:policy/IAMFullAccess"] },
      /^critical: .* is attached$/,
    ],
    [
      "aws_lambda_layer_version_permission",
      { principal: [null, "*"], action: [null, "a"], layer_name: [null, "l"] },
      "critical: `*` may `a` on `l`",
    ],
    [
      "mongodbatlas_database_user",
      { roles: [[{ role_name: "read" }], [{ role_name: "atlasAdmin", database_name: "admin" }]] },
      "critical: gets `atlasAdmin on admin` in the database",
    ],
  ]);
});
