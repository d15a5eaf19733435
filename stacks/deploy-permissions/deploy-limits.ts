import { adminManagedPath } from "../constructs/identity/boundary-name.ts";
import type { PolicyStatement } from "../constructs/identity/policy-document.ts";
import type { DeployTarget } from "./deploy-actions.ts";

/**
 * What no deploy role may do, whatever else would let it: its own policies, or those of keys, buckets and roles, which the
 * apply role writes. Wildcards also refuse what AWS adds tomorrow.
 *
 * @param regions where the environment's stacks have anything; global services count as us-east-1
 */
export const toDeployLimits = (
  { name, accountId }: DeployTarget,
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
    sid: "NoOtherRole",
    effect: "Deny",
    actions: ["iam:DeleteRolePermissionsBoundary", "lambda:Invoke*", "sts:AssumeRole"],
    resources: ["*"],
  },
  {
    sid: "NoSignatures",
    effect: "Deny",
    actions: ["kms:GenerateMac", "kms:ReEncrypt*", "kms:Sign"],
    resources: ["*"],
  },
  {
    sid: "NoDecryption",
    effect: "Deny",
    actions: ["kms:Decrypt", "kms:GenerateDataKey*"],
    resources: ["*"],
    // ElastiCache and Secrets Manager do it when they are told to encrypt, and Lambda to show a function's variables, which
    // hold no secret. SSM does not when it is told to read.
    conditions: {
      StringNotLike: {
        "kms:ViaService": ["elasticache", "lambda", "secretsmanager"].map(
          (service) => `${service}.*.amazonaws.com`,
        ),
      },
    },
  },
  {
    sid: "NoSecrets",
    effect: "Deny",
    actions: ["secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue"],
    resources: ["*"],
    // CloudFormation puts the origin secret where it is used.
    conditions: { StringNotEquals: { "aws:CalledViaFirst": "cloudformation.amazonaws.com" } },
  },
  {
    sid: "NoObjects",
    effect: "Deny",
    actions: ["s3:*"],
    resources: ["arn:aws:s3:::*/*"],
  },
  {
    sid: "NoLossOfBackups",
    effect: "Deny",
    actions: ["s3:BypassGovernanceRetention", "s3:DeleteBucket*"],
    resources: [`arn:aws:s3:::${name}-backups-*`],
  },
  {
    sid: "DenyReleaseLogTampering",
    effect: "Deny",
    actions: ["logs:Delete*", "logs:PutLogEvents"],
    resources: [`arn:aws:logs:*:${accountId}:log-group:/${name}/releases*`],
  },
];
