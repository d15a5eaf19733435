import { changed, created, destroyed, itFinds, itFindsNothing, type PlannedChange, policy } from "../plans.ts";

const allow = (Action: unknown, Resource: unknown = "*", more: object = {}) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...more,
});
const get = allow("s3:GetObject", "arn:aws:s3:::backups/*");
const deny = { Effect: "Deny", Action: "s3:DeleteObject", Resource: "*" };

const rolePolicy = (before: readonly object[], after: readonly object[]): PlannedChange =>
  changed("aws_iam_role_policy", { policy: policy(...before) }, { policy: policy(...after) });
const permitted = (statement: object) => rolePolicy([], [{ Effect: "Allow", ...statement }]);

describe("a review finds wider policies:", () => {
  itFinds({
    "a new action": [
      rolePolicy([get], [get, allow(["s3:PutObject"], "arn:aws:s3:::backups/dumps/*")]),
      /^warning: allows more: `s3:PutObject` on `arn:aws:s3:::backups\/dumps\/\*`$/,
    ],
    "a new resource": [
      rolePolicy([get], [allow("s3:GetObject", ["arn:aws:s3:::backups/*", "arn:aws:s3:::other/*"])]),
      /^warning: allows more: `s3:GetObject` on `arn:aws:s3:::other\/\*`$/,
    ],
    "a removed condition": [
      rolePolicy(
        [allow("kms:Decrypt", "key", { Condition: { StringEquals: { "kms:ViaService": "ssm" } } })],
        [allow("kms:Decrypt", "key")],
      ),
      /^warning: allows more: `kms:Decrypt` on `key`$/,
    ],
    "a condition that is empty": [
      permitted({ Action: "a:B", Resource: "c", Condition: { Null: null } }),
      /^warning: allows more: `a:B` on `c` if {2}matches$/,
    ],
    "a condition, without values that may be secrets": [
      permitted({ Action: "s3:GetObject", Resource: "b", Condition: { StringEquals: { "aws:Referer": "hunter2" } } }),
      /^warning: allows more: `s3:GetObject` on `b` if `aws:Referer` matches$/,
    ],
    "a removed denial": [rolePolicy([get, deny], [get]), /^warning: denies less: `s3:DeleteObject` on `\*`$/],
    "a removed policy with a denial": [
      { type: "aws_s3_bucket_policy", effect: "destroy", before: { policy: policy(deny) } },
      /^warning: denies less: `s3:DeleteObject` on `\*`$/,
    ],
    everything: [permitted({ Action: "*", Resource: "*" }), /^critical: allows more: `\*` on `\*`$/],
    "access for everyone": [
      changed("aws_s3_bucket_policy", { policy: policy() }, { policy: policy({ ...get, Principal: "*" }) }),
      /^critical: allows more: `s3:GetObject` on .* by `\*`$/,
    ],
    "an inline policy of a role": [
      changed("aws_iam_role", {}, { inline_policy: [{ name: "x", policy: policy(allow("*")) }] }),
      /^critical: allows more: `\*` on `\*`$/,
    ],
    "a policy of a topic": [
      changed("aws_sns_topic", {}, { policy: policy({ Effect: "Allow", Principal: "*", Action: "sns:Publish" }) }),
      /^critical: allows more: `sns:Publish` by `\*`$/,
    ],
    "a `NotAction` that excludes less": [
      rolePolicy(
        [{ Effect: "Allow", NotAction: ["iam:*", "kms:*"], Resource: "*" }],
        [{ Effect: "Allow", NotAction: ["iam:*"], Resource: "*" }],
      ),
      /^critical: allows more: `all except iam:\*` on `\*`$/,
    ],
    "all resources but one": [permitted({ Action: "s3:Get*", NotResource: "a" }), /^critical: .*`all except a`$/],
    "permission to change roles": [permitted({ Action: "iam:Put*", Resource: "arn:aws:iam::*:role/*" }), /^critical/],
    "permission to pass every role": [permitted({ Action: "iam:PassRole", Resource: "*" }), /^critical/],
    "a trust policy without a condition": [
      changed(
        "aws_iam_role",
        { assume_role_policy: policy() },
        {
          assume_role_policy: policy({
            Effect: "Allow",
            Action: "sts:AssumeRoleWithWebIdentity",
            Principal: { Federated: "arn:aws:iam::1:oidc-provider/app.terraform.io" },
          }),
        },
      ),
      /^critical: allows more: `sts:AssumeRoleWithWebIdentity` by `Federated/,
    ],
    "a policy in another case than AWS's": [
      changed("aws_iam_policy", { policy: policy() }, { policy: '{"statement":[{"effect":"Allow"}]}' }),
      /^warning: `policy` is not a policy that can be read here$/,
    ],
    "a policy that is known only after the apply": [
      { type: "aws_iam_role_policy", effect: "create", unknown: { policy: true } },
      /^warning: `policy` is known only after the apply/,
    ],
    "a removed endpoint policy": [destroyed("aws_vpc_endpoint_policy"), /^critical: is removed: the endpoint allows/],
  });

  describe("within two seconds,", () => {
    const before = permitted({ Action: `${"*a".repeat(40)}b`, Resource: "*" }).after;
    const after = permitted({ Action: "a".repeat(5_000), Resource: "*" }).after;
    itFinds({
      "a policy that is slow to compare": [changed("aws_iam_policy", before!, after!), /^warning: allows more/],
    });
  }).timeout(2_000);

  describe("but not in", () => {
    itFindsNothing({
      "another order": rolePolicy([get, allow("a:B")], [allow("a:B"), get]),
      "an action that a wildcard included before": rolePolicy([allow("s3:*", "arn:aws:s3:::backups/*")], [get]),
      "a data protection policy": created("aws_x", {
        policy_document: policy({ Sid: "audit", DataIdentifier: ["a"], Operation: {} }),
      }),
    });
  });
});

describe("a review finds wider permissions:", () => {
  itFinds({
    "a removed boundary": [
      changed("aws_iam_role", { permissions_boundary: "arn" }, { permissions_boundary: null }),
      /^critical: loses its permissions boundary/,
    ],
    "another boundary": [
      changed("aws_iam_role", { permissions_boundary: "a" }, { permissions_boundary: "b" }),
      /^warning: gets another permissions boundary/,
    ],
    "managed policies of a role": [
      changed("aws_iam_role", {}, { name: "r", managed_policy_arns: ["arn:aws:iam::aws:policy/AdministratorAccess"] }),
      /^critical: `arn:aws:iam::aws:policy\/AdministratorAccess` is attached$/,
    ],
    "an attachment to several principals": [
      created("aws_iam_policy_attachment", { policy_arn: "arn:aws:iam::aws:policy/IAMFullAccess" }),
      /^critical: .* is attached$/,
    ],
    "an access key": [created("aws_iam_access_key", { user: "u" }), /^critical: a key that does not expire/],
    "a grant on a key": [created("aws_kms_grant", {}), /^warning: a permission to use a key/],
    "a layer for everyone": [
      created("aws_lambda_layer_version_permission", { principal: "*", action: "a", layer_name: "l" }),
      /^critical: `\*` may `a` on `l`$/,
    ],
    "a privileged role in the database": [
      changed(
        "mongodbatlas_database_user",
        { roles: [{ role_name: "read", database_name: "ecobeat" }] },
        { roles: [{ role_name: "atlasAdmin", database_name: "admin" }] },
      ),
      /^critical: gets `atlasAdmin on admin` in the database$/,
    ],
    "all commands of Redis": [
      changed("aws_elasticache_user", { access_string: "on ~s:* +get" }, { access_string: "on ~* +@all" }),
      /^critical: `access_string` changes/,
    ],
    "Redis without a password": [
      changed(
        "aws_elasticache_user",
        { authentication_mode: [{ type: "iam" }] },
        { authentication_mode: [{ type: "no-password-required" }] },
      ),
      /^critical: can log in to Redis without a password$/,
    ],
  });
});
