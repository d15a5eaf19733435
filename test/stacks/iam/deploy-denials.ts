import { parameters } from "../../../service/contract.ts";
import { environments } from "../../../stacks/environments/index.ts";
import type { Environment } from "../../../stacks/environments.ts";
import type { Stacks } from "../../support/synthesize.ts";
import { resources } from "../rules/resources.ts";
import type { DeployNames } from "./deploy-names.ts";
import type { DeniedRequest } from "./function-requests.ts";
import { openKeyPolicies, openTrustPolicies } from "./role-changes.ts";

/** What no run may do, and would be a way up, out, or to data. */
export function deniedToDeploy(names: DeployNames): DeniedRequest[] {
  const { name, region, accountId } = names.environment;
  const other = Object.values(environments).find((each) => each.name !== name)!;
  const own = { "aws:ResourceTag/environment": name };
  const limits = (stacks: Stacks) => dropLimits(stacks, `${names.prefix}-deploy-limits`);
  const openBackupBucket = (stacks: Stacks) => {
    delete stacks[`${names.prefix}-foundation`]!.resource.aws_s3_bucket_policy;
  };
  const openKeys = (stacks: Stacks) => openKeyPolicies(stacks, `${names.prefix}-foundation`, accountId);
  return [
    {
      name: "change a function that is not the environment's",
      action: "lambda:UpdateFunctionCode",
      resource: names.arn("lambda", "function:another"),
    },
    {
      name: "let anybody but API Gateway call a function",
      action: "lambda:AddPermission",
      resource: names.arn("lambda", `function:${names.prefix}-auth`),
      context: { "lambda:Principal": "*" },
    },
    {
      name: "make a key of another environment its own by a tag",
      action: "kms:TagResource",
      resource: names.signingKey,
      context: { "aws:RequestTag/environment": name, "aws:ResourceTag/environment": other.name },
    },
    {
      name: "call a function",
      action: "lambda:InvokeFunction",
      resource: names.arn("lambda", `function:${names.prefix}-auth`),
      guards: [limits],
    },
    {
      name: "work in a region that has nothing of the environment",
      action: "lambda:UpdateFunctionCode",
      resource: `arn:aws:lambda:us-west-2:${accountId}:function:${names.prefix}-auth`,
      context: { "aws:RequestedRegion": "us-west-2" },
      guards: [limits],
    },
    { name: "make a role without a boundary", action: "iam:CreateRole", resource: names.role("new") },
    {
      name: "make a role with another boundary",
      action: "iam:CreateRole",
      resource: names.role("new"),
      context: { "iam:PermissionsBoundary": `arn:aws:iam::${accountId}:policy/another` },
    },
    {
      name: "write the policy of a role without a boundary",
      action: "iam:PutRolePolicy",
      resource: names.role("old"),
    },
    {
      name: "make a role an administrator's",
      action: "iam:AttachRolePolicy",
      resource: names.role("auth"),
      context: {
        "iam:PermissionsBoundary": names.boundary,
        "iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess",
      },
    },
    {
      name: "take the boundary from a role",
      action: "iam:DeleteRolePermissionsBoundary",
      resource: names.role("auth"),
      context: { "iam:PermissionsBoundary": names.boundary },
      guards: [limits],
    },
    {
      name: "widen the boundary",
      action: "iam:CreatePolicyVersion",
      resource: names.boundary,
      guards: [limits],
    },
    {
      name: "delete the boundary",
      action: "iam:DeletePolicy",
      resource: names.boundary,
      guards: [limits],
    },
    {
      name: "widen what it may do itself",
      action: "iam:CreatePolicyVersion",
      resource: `arn:aws:iam::${accountId}:policy/deploy/${names.prefix}-deploy-apply-storage`,
      guards: [limits],
    },
    {
      name: "give itself another policy",
      action: "iam:PutRolePolicy",
      resource: names.deployRole("apply"),
      guards: [limits],
    },
    {
      name: "say who takes its own role",
      action: "iam:UpdateAssumeRolePolicy",
      resource: names.deployRole("apply"),
      guards: [limits],
    },
    {
      name: "let other tokens in",
      action: "iam:AddClientIDToOpenIDConnectProvider",
      resource: `arn:aws:iam::${accountId}:oidc-provider/app.terraform.io`,
      guards: [limits],
    },
    {
      name: "hand on its own role",
      action: "iam:PassRole",
      resource: names.deployRole("apply"),
      context: { "iam:PassedToService": "lambda.amazonaws.com" },
      guards: [limits],
    },
    {
      name: "hand a role to a service that none is for",
      action: "iam:PassRole",
      resource: names.role("auth"),
      context: { "iam:PassedToService": "ec2.amazonaws.com" },
    },
    {
      name: "hand on a role that is not the environment's",
      action: "iam:PassRole",
      resource: `arn:aws:iam::${accountId}:role/administrator`,
      context: { "iam:PassedToService": "lambda.amazonaws.com" },
    },
    {
      name: "take a role",
      action: "sts:AssumeRole",
      resource: names.role("auth"),
      guards: [limits, (stacks) => openTrustPolicies(stacks, `${names.prefix}-service`, accountId)],
    },
    {
      name: "sign",
      action: "kms:Sign",
      resource: names.signingKey,
      context: { "kms:SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256", "kms:MessageType": "RAW" },
      guards: [limits, openKeys],
    },
    {
      name: "delete a key",
      action: "kms:ScheduleKeyDeletion",
      resource: names.dataKey,
      context: own,
    },
    {
      name: "have SSM decrypt",
      action: "kms:Decrypt",
      resource: names.dataKey,
      context: { ...own, "kms:ViaService": `ssm.${region}.amazonaws.com` },
      guards: [limits],
    },
    {
      name: "read the pepper",
      action: "ssm:GetParameter",
      resource: names.parameter(parameters.refreshTokenPepper),
    },
    {
      name: "overwrite the pepper",
      action: "ssm:PutParameter",
      resource: names.parameter(parameters.refreshTokenPepper),
    },
    {
      name: "read a secret",
      action: "secretsmanager:GetSecretValue",
      resource: names.arn("secretsmanager", `secret:${names.prefix}-origin-1`),
      guards: [limits],
    },
    { name: "read a backup", action: "s3:GetObject", resource: `${names.backupBucket}/1`, guards: [limits] },
    ...["s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"].map((action) => ({
      name: `empty the backup bucket by ${action}`,
      action,
      resource: `${names.backupBucket}/1`,
      guards: [limits, openBackupBucket],
    })),
    {
      name: "delete the backup bucket",
      action: "s3:DeleteBucket",
      resource: names.backupBucket,
      guards: [limits, openBackupBucket],
    },
    {
      name: "delete the backup bucket's policy",
      action: "s3:DeleteBucketPolicy",
      resource: names.backupBucket,
      guards: [limits],
    },
    {
      name: "read what was logged",
      action: "logs:FilterLogEvents",
      resource: names.arn("logs", `log-group:/aws/lambda/${names.prefix}-auth`),
    },
    {
      name: "delete who released what",
      action: "logs:DeleteLogGroup",
      resource: names.arn("logs", `log-group:/${names.prefix}/releases`),
      guards: [limits],
    },
    {
      name: "say that somebody released what nobody did",
      action: "logs:PutLogEvents",
      resource: names.arn("logs", `log-group:/${names.prefix}/releases:log-stream:releases`),
      guards: [limits],
    },
    {
      name: "write records of other names",
      action: "route53:ChangeResourceRecordSets",
      resource: "arn:aws:route53:::hostedzone/Z1",
      context: { "route53:ChangeResourceRecordSetsNormalizedRecordNames": ["ecobeat.app"] },
    },
    {
      name: "claim what somebody else has made",
      action: "ec2:CreateTags",
      resource: names.arn("ec2", "vpc/vpc-1"),
      context: { "aws:RequestTag/environment": name },
    },
    {
      name: "delete what somebody else has made",
      action: "ec2:DeleteVpc",
      resource: names.arn("ec2", "vpc/vpc-1"),
      context: { "aws:ResourceTag/environment": other.name },
    },
    {
      name: "change another environment's backup bucket",
      action: "s3:PutBucketPolicy",
      resource: `arn:aws:s3:::ecobeat-${other.name}-backups-${other.accountId}`,
      guards: [(stacks) => openBackupBucketTo(stacks, other, accountId)],
    },
  ];
}

/** Has the limits of deploy roles refuse nothing. */
function dropLimits(stacks: Stacks, policyName: string): void {
  const limits = resources(stacks, "aws_iam_policy").find(({ attributes }) => attributes.name === policyName);
  const harmless = { Effect: "Deny", Action: "s3:ListAllMyBuckets", Resource: "*" };
  limits!.attributes.policy = JSON.stringify({ Version: "2012-10-17", Statement: harmless });
}

/** Has an environment's backup bucket let another account change its policy. */
function openBackupBucketTo(stacks: Stacks, environment: Environment, accountId: string): void {
  for (const policy of Object.values(
    stacks[`ecobeat-${environment.name}-foundation`]!.resource.aws_s3_bucket_policy!,
  )) {
    policy.policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${accountId}:root` },
        Action: "s3:PutBucketPolicy",
        Resource: `arn:aws:s3:::ecobeat-${environment.name}-backups-${environment.accountId}`,
      },
    });
  }
}
