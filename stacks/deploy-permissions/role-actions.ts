import { adminManagedPath, boundaryArn } from "../constructs/identity/boundary-name.ts";
import { type DeployActionTable, type Scope, scope } from "./deploy-actions.ts";

const roles = scope("Roles", ({ name, accountId }) => [`arn:aws:iam::${accountId}:role/${name}-*`]);

/** Roles that carry the environment's boundary, or are to be made with it. */
const boundedRoles: Scope = {
  ...roles,
  sid: "BoundedRoles",
  conditions: (place) => ({ StringEquals: { "iam:PermissionsBoundary": boundaryArn(place) } }),
};

/** What an administrator looks after. */
const adminManaged = scope("DeployRoles", ({ name, accountId }) => [
  ...["role", "policy"].map((kind) => `arn:aws:iam::${accountId}:${kind}${adminManagedPath}${name}-*`),
  ...["app.terraform.io", "token.actions.githubusercontent.com"].map(
    (host) => `arn:aws:iam::${accountId}:oidc-provider/${host}`,
  ),
]);

/** Roles of the environment, handed to the services that take them and to no other. */
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

/** Roles that AWS makes for its own services, with policies that only AWS writes. */
export const serviceLinkedRoles: Scope = {
  sid: "ServiceRoles",
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

/** Types of which the stacks have nothing but what an administrator looks after. */
export const adminManagedTypes: readonly string[] = [
  "aws_iam_openid_connect_provider",
  "aws_iam_policy",
  "aws_iam_role_policy_attachment",
];

/** Who may do what. A role is made and changed only within the boundary, and what deploys is changed by nobody who deploys. */
export const roleActions: DeployActionTable = {
  aws_iam_openid_connect_provider: {
    read: [[adminManaged, "iam:GetOpenIDConnectProvider"]],
    write: [],
  },
  aws_iam_policy: {
    read: [[adminManaged, "iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyVersions"]],
    write: [],
  },
  aws_iam_role: {
    read: [
      [roles, "iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"],
      [adminManaged, "iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"],
    ],
    write: [
      [
        boundedRoles,
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:PutRolePermissionsBoundary",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",
        "iam:UpdateRoleDescription",
      ],
      [roles, "iam:ListInstanceProfilesForRole", "iam:TagRole", "iam:UntagRole"],
    ],
  },
  aws_iam_role_policy: {
    read: [[roles, "iam:GetRolePolicy"]],
    write: [[boundedRoles, "iam:DeleteRolePolicy", "iam:PutRolePolicy"]],
  },
  aws_iam_role_policy_attachment: {
    read: [[adminManaged, "iam:ListAttachedRolePolicies"]],
    write: [],
  },
};
