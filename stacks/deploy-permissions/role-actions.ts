import { adminManagedPath, toBoundaryArn } from "../constructs/identity/boundary-name.ts";
import { toGlobalName } from "../names.ts";
import { type DeployActionTable, readWrite, type Scope, scope } from "./deploy-actions.ts";

const roles = scope("Roles", "iam", ({ namePrefix, region, accountId }) => [
  `arn:aws:iam::${accountId}:role/${toGlobalName(`${namePrefix}-*`, { region })}`,
]);

/** Roles that carry the environment's boundary, or are created with it. */
const boundedRoles: Scope = {
  ...roles,
  sid: "BoundedRoles",
  conditions: (target) => ({
    StringEquals: { "iam:PermissionsBoundary": target.boundaryArn ?? toBoundaryArn(target) },
  }),
};

/** What an administrator manages. */
const adminManaged = scope("DeployRoles", "iam", ({ namePrefix, region, accountId }) => [
  ...["role", "policy"].map(
    (kind) => `arn:aws:iam::${accountId}:${kind}${adminManagedPath}${toGlobalName(`${namePrefix}-*`, { region })}`,
  ),
  ...["app.terraform.io", "token.actions.githubusercontent.com"].map(
    (host) => `arn:aws:iam::${accountId}:oidc-provider/${host}`,
  ),
]);

/** Roles of the environment, only for the services that assume them. */
export const passableRoles: Scope = {
  ...roles,
  sid: "PassRoles",
  conditions: () => ({
    StringEquals: {
      "iam:PassedToService": [
        "apigateway.amazonaws.com",
        "codedeploy.amazonaws.com",
        "lambda.amazonaws.com",
        "s3.amazonaws.com",
        "scheduler.amazonaws.com",
        "vpc-flow-logs.amazonaws.com",
      ],
    },
  }),
};

/** Roles that AWS creates for its own services, with policies that only AWS writes. */
export const serviceLinkedRoles: Scope = {
  sid: "ServiceLinkedRoles",
  service: "iam",
  resources: ({ accountId }) => [`arn:aws:iam::${accountId}:role/aws-service-role/*`],
  conditions: () => ({
    StringEquals: {
      "iam:AWSServiceName": [
        "elasticache.amazonaws.com",
        "lambda.application-autoscaling.amazonaws.com",
        "ops.apigateway.amazonaws.com",
      ],
    },
  }),
};

/** Types of which only an administrator manages resources. */
export const adminManagedTypes: readonly string[] = [
  "aws_iam_openid_connect_provider",
  "aws_iam_policy",
  "aws_iam_role_policy_attachment",
];

/** Roles and policies. A deploy role creates and changes roles only within the boundary, and never a deploy role. */
export const roleActions: DeployActionTable = {
  aws_iam_openid_connect_provider: readWrite([adminManaged, "GetOpenIDConnectProvider"]),
  aws_iam_policy: readWrite([adminManaged, "GetPolicy", "GetPolicyVersion", "ListPolicyVersions"]),
  aws_iam_role: {
    read: [
      [roles, "GetRole", "GetRolePolicy", "ListAttachedRolePolicies", "ListRolePolicies"],
      [adminManaged, "GetRole", "ListAttachedRolePolicies", "ListRolePolicies"],
    ],
    write: [
      [
        boundedRoles,
        "CreateRole",
        "DeleteRole",
        "PutRolePermissionsBoundary",
        "UpdateAssumeRolePolicy",
        "UpdateRole",
        "UpdateRoleDescription",
      ],
      [roles, "ListInstanceProfilesForRole", "TagRole", "UntagRole"],
    ],
  },
  aws_iam_role_policy: readWrite([roles, "GetRolePolicy"], [boundedRoles, "DeleteRolePolicy", "PutRolePolicy"]),
  aws_iam_role_policy_attachment: readWrite([adminManaged, "ListAttachedRolePolicies"]),
};
