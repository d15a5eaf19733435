import { adminManagedPath } from "../constructs/identity/boundary-name.ts";
import type { PolicyStatement } from "../constructs/identity/policy-document.ts";
import type { DeployTarget } from "./deploy-actions.ts";

/**
 * What no deploy role may do, whatever allows it: its own policies, or those of keys, buckets and roles, which the apply role
 * writes. Wildcards also deny actions that AWS adds later.
 *
 * @param regions where the environment's stacks have resources; global services count as us-east-1
 */
export const toDeployLimits = (
  { namePrefix, accountId }: DeployTarget,
  regions: readonly string[],
): PolicyStatement[] => [
  {
    sid: "DenyOtherRegions",
    effect: "Deny",
    actions: ["*"],
    resources: ["*"],
    conditions: { StringNotEquals: { "aws:RequestedRegion": [...new Set([...regions, "us-east-1"])] } },
  },
  {
    sid: "DenyDeployRoleChanges",
    effect: "Deny",
    actions: [
      "iam:Add*",
      "iam:Attach*",
      "iam:Create*",
      "iam:Delete*",
      "iam:Detach*",
      "iam:PassRole",
      "iam:Put*",
      "iam:Remove*",
      "iam:Set*",
      "iam:Tag*",
      "iam:Untag*",
      "iam:Update*",
    ],
    resources: [
      `arn:aws:iam::${accountId}:role${adminManagedPath}*`,
      `arn:aws:iam::${accountId}:policy/*`,
      `arn:aws:iam::${accountId}:oidc-provider/*`,
    ],
  },
  {
    sid: "DenyOtherRoles",
    effect: "Deny",
    actions: ["iam:DeleteRolePermissionsBoundary", "lambda:Invoke*", "sts:AssumeRole"],
    resources: ["*"],
  },
  {
    sid: "DenySigning",
    effect: "Deny",
    actions: ["kms:GenerateMac", "kms:ReEncrypt*", "kms:Sign"],
    resources: ["*"],
  },
  {
    sid: "DenyDecryption",
    effect: "Deny",
    actions: ["kms:Decrypt", "kms:GenerateDataKey*"],
    resources: ["*"],
    // ElastiCache and Secrets Manager decrypt in order to encrypt, and Lambda to show a function's variables, which hold no
    // secret. SSM is not in this list, because it decrypts in order to read.
    conditions: {
      StringNotLike: {
        "kms:ViaService": ["elasticache", "lambda", "secretsmanager"].map(
          (service) => `${service}.*.amazonaws.com`,
        ),
      },
    },
  },
  {
    sid: "DenySecretValues",
    effect: "Deny",
    actions: ["secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue"],
    resources: ["*"],
    // CloudFormation inserts the origin secret.
    conditions: { StringNotEquals: { "aws:CalledViaFirst": "cloudformation.amazonaws.com" } },
  },
  {
    sid: "DenyObjectAccess",
    effect: "Deny",
    actions: ["s3:*"],
    resources: ["arn:aws:s3:::*/*"],
  },
  {
    sid: "DenyBackupDeletion",
    effect: "Deny",
    actions: ["s3:BypassGovernanceRetention", "s3:DeleteBucket*"],
    resources: [`arn:aws:s3:::${namePrefix}-backups-*`],
  },
  {
    sid: "DenyReleaseLogTampering",
    effect: "Deny",
    actions: ["logs:Delete*", "logs:PutLogEvents"],
    resources: [`arn:aws:logs:*:${accountId}:log-group:/${namePrefix}/releases*`],
  },
];
