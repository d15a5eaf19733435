import { expect } from "chai";
import { type Case, findIn, itFinds, policy } from "../plans.ts";

const allow = (Action: unknown, Resource: unknown = "*", more = {}) => ({ Effect: "Allow", Action, Resource, ...more });
const except = (...NotAction: string[]) => ({ Effect: "Allow", NotAction, Resource: "*" });
const get = allow("s3:GetObject", "b/*");
const deny = { Effect: "Deny", Action: "s3:DeleteObject", Resource: "*" };
const denied = "warning: denies less: `s3:DeleteObject` on `*`";
const everything = "critical: allows more: `*` on `*`";

const rolePolicy = (before: readonly object[], after: readonly object[], finding?: string | RegExp): Case => [
  "aws_iam_role_policy",
  { policy: [policy(...before), policy(...after)] },
  finding,
];
const permitted = (statement: object, finding: string | RegExp): Case => rolePolicy([], [statement], finding);
const decrypt = { Condition: { StringEquals: { "kms:ViaService": "ssm" } } };
const federated = { Principal: { Federated: "arn:aws:iam::1:oidc-provider/a" }, Resource: undefined };
const publish = policy({ Effect: "Allow", Principal: "*", Action: "sns:Publish" });
const masking = policy({ Sid: "audit", DataIdentifier: ["a"], Operation: {} });

describe("a review finds wider policies:", () => {
  itFinds([
    rolePolicy([get], [get, allow(["s3:Put"], "b/dumps/*")], "warning: allows more: `s3:Put` on `b/dumps/*`"),
    rolePolicy([get], [allow("s3:GetObject", ["b/*", "c/*"])], "warning: allows more: `s3:GetObject` on `c/*`"),
    rolePolicy([allow("a:B", "key", decrypt)], [allow("a:B", "key")], "warning: allows more: `a:B` on `key`"),
    permitted(
      allow("a:B", "c", { Condition: { Null: null } }),
      "warning: allows more: `a:B` on `c` under an empty condition",
    ),
    // Without the values of a condition, which may be secrets.
    permitted(allow("a:B", "c", decrypt), "warning: allows more: `a:B` on `c` if `kms:ViaService` matches"),
    rolePolicy([get, deny], [get], denied),
    [
      "aws_s3_bucket_policy",
      "destroy",
      RegExp(`^${denied.replaceAll("*", "\\*")}$`, "m"),
      { before: { policy: policy(deny) } },
    ],
    permitted(allow("*"), everything),
    [
      "aws_x",
      { policy: [policy(), policy({ ...get, Principal: "*" })] },
      /^critical: allows .*GetObject` on .* by `\*`$/,
    ],
    ["aws_iam_role", { inline_policy: [null, [{ name: "x", policy: policy(allow("*")) }]] }, everything],
    ["aws_sns_topic", { policy: [null, publish] }, "critical: allows more: `sns:Publish` by `*`"],
    rolePolicy([except("a", "b")], [except("a")], "critical: allows more: `all except a` on `*`"),
    permitted({ Effect: "Allow", Action: "s3:Get*", NotResource: "a" }, /^critical: .*`all except a`$/),
    permitted(allow("iam:Put*", "arn:aws:iam::*:role/*"), /^critical/),
    permitted(allow("iam:PassRole"), /^critical/),
    [
      "aws_iam_role",
      { assume_role_policy: [policy(), policy(allow("sts:AssumeRoleWithWebIdentity", "", federated))] },
      /^critical: allows more: `sts:AssumeRoleWithWebIdentity` by `Federated/,
    ],
    // In another case than AWS's.
    [
      "aws_iam_policy",
      { policy: [policy(), '{"statement":[{}]}'] },
      /^warning: `policy` is not a policy that can be read/,
    ],
    ["aws_iam_role_policy", "create", /^warning: `policy` is known only after/, { unknown: { policy: true } }],
    ["aws_vpc_endpoint_policy", "destroy", /^critical: is removed: the endpoint allows/],
    rolePolicy([get, allow("a:B")], [allow("a:B"), get]),
    rolePolicy([allow("s3:*", "b/*")], [get]),
    ["aws_x", { policy_document: [null, masking] }],
  ]);

  it("also if they are slow to compare", () => {
    const slow = rolePolicy([allow(`${"*a".repeat(40)}b`)], [allow("a".repeat(5_000))]);
    expect(findIn(...slow)[0]).to.match(/^warning: allows more/);
  }).timeout(2_000);
});

const attached = "arn:aws:iam::aws:policy/IAMFullAccess";
const layer = { principal: [null, "*"], action: [null, "a"], layer_name: [null, "l"] } as const;
const roles = ["read", "atlasAdmin"].map((role_name) => [{ role_name, database_name: "admin" }]) as [object, object];

describe("a review finds wider permissions:", () => {
  itFinds([
    ["aws_iam_role", { managed_policy_arns: [null, [attached]] }, `critical: \`${attached}\` is attached`],
    [
      "aws_iam_role",
      { managed_policy_arns: [["old"], ["old", attached, "arn:more"]] },
      RegExp(`^critical: \`${attached}\` is attached\nwarning: \`arn:more\` is attached$`),
    ],
    [
      "mongodbatlas_database_user",
      { roles: [[]] },
      /^warning: `roles` is known only after/,
      { unknown: { roles: true } },
    ],
    ["aws_iam_role_policy_attachment", "create", "warning: a policy is attached to `r`", { after: { role: "r" } }],
    ["aws_iam_policy_attachment", { policy_arn: [null, attached] }, /^critical: .* is attached$/],
    [
      "aws_iam_group_policy_attachment",
      { policy_arn: [null, "p"], group: [null, "g"] },
      "warning: `p` is attached to `g`",
    ],
    [
      "aws_lambda_permission",
      {
        principal: [null, "*"],
        action: [null, "a"],
        function_name: [null, "f"],
        source_account: [null, "111122223333"],
      },
      /^warning: `\*` may `a` on `f`$/m,
    ],
    ["aws_lambda_layer_version_permission", layer, "critical: `*` may `a` on `l`"],
    ["mongodbatlas_database_user", { roles }, "critical: gets `atlasAdmin on admin` in the database"],
  ]);
});
