import { adminManagedPath } from "../constructs/identity/boundary-name.ts";
import type { PolicyConditions, PolicyStatement } from "../constructs/identity/policy-document.ts";
import { supportFunction } from "../names.ts";
import type { DeployTarget } from "./deploy-actions.ts";

const deny = (
  sid: string,
  actions: readonly string[],
  resources: readonly string[] = ["*"],
  conditions?: PolicyConditions,
): PolicyStatement => ({ sid, effect: "Deny", actions, resources, ...(conditions && { conditions }) });

/**
 * Denies everything in other regions.
 * @param regions where the stacks have resources; global services count as us-east-1
 */
export const denyOtherRegions = (regions: readonly string[]): PolicyStatement =>
  deny("DenyOtherRegions", ["*"], ["*"], {
    StringNotEquals: { "aws:RequestedRegion": [...new Set([...regions, "us-east-1"])] },
  });

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
  denyOtherRegions(regions),
  deny(
    "DenyDeployRoleChanges",
    [
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
    [
      `arn:aws:iam::${accountId}:role${adminManagedPath}*`,
      `arn:aws:iam::${accountId}:policy/*`,
      `arn:aws:iam::${accountId}:oidc-provider/*`,
    ],
  ),
  deny("DenyOtherRoles", ["iam:DeleteRolePermissionsBoundary", "lambda:Invoke*", "sts:AssumeRole"]),
  deny("DenySigning", ["kms:GenerateMac", "kms:ReEncrypt*", "kms:Sign"]),
  // ElastiCache and Secrets Manager decrypt in order to encrypt, and Lambda to show a function's variables, which hold no
  // secret. SSM is not in this list, because it decrypts in order to read.
  deny("DenyDecryption", ["kms:Decrypt", "kms:GenerateDataKey*"], ["*"], {
    StringNotLike: {
      "kms:ViaService": ["elasticache", "lambda", "secretsmanager"].map((service) => `${service}.*.amazonaws.com`),
    },
  }),
  // CloudFormation inserts the origin secret.
  deny("DenySecretValues", ["secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue"], ["*"], {
    StringNotEquals: { "aws:CalledViaFirst": "cloudformation.amazonaws.com" },
  }),
  deny("DenyObjectAccess", ["s3:*"], ["arn:aws:s3:::*/*"]),
  deny(
    "DenyBackupDeletion",
    ["s3:BypassGovernanceRetention", "s3:DeleteBucket*"],
    [`arn:aws:s3:::${namePrefix}-backups-*`],
  ),
  // The release history, and the copy of support's audit log.
  deny(
    "DenyReleaseLogTampering",
    ["logs:Delete*", "logs:PutLogEvents"],
    [`/${namePrefix}/releases`, `/aws/lambda/${namePrefix}-${supportFunction}`].map(
      (name) => `arn:aws:logs:*:${accountId}:log-group:${name}*`,
    ),
  ),
];
