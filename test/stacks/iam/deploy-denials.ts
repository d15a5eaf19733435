import { parameters } from "../../../service/contract.ts";
import { environments } from "../../../stacks/environments/index.ts";
import type { EnvironmentNames } from "./environment-names.ts";
import { type DeniedRequest, denied, deniedBy, request, ungranted } from "./requests.ts";
import {
  openBackupBucket,
  openBackupBucketTo,
  openKeyPolicies,
  openTrustPolicies,
  removeLimits,
} from "./role-changes.ts";

/** What no run may do: it would give more permissions, let others in, or reach data. */
export const deniedToDeploy = (names: EnvironmentNames): DeniedRequest[] => [
  ...deniedForFunctions(names),
  ...deniedForRoles(names),
  ...deniedForData(names),
  ...deniedForOthers(names),
];

function deniedForFunctions(names: EnvironmentNames): DeniedRequest[] {
  const limited = deniedBy(removeLimits(names));
  const auth = names.function("auth");
  const elsewhere = auth.replace(names.environment.region, "us-west-2");
  return [
    ungranted(
      "change a function of another environment",
      "lambda:UpdateFunctionCode",
      names.arn("lambda", "function:another"),
    ),
    ungranted("let anyone but API Gateway call a function", "lambda:AddPermission", auth, { "lambda:Principal": "*" }),
    ungranted("send a mail", "ses:SendEmail", names.arn("ses", `identity/${names.environment.apiDomain}`)),
    ungranted("give a function a URL that anyone may call", "lambda:CreateFunctionUrlConfig", auth, {
      "lambda:FunctionUrlAuthType": "NONE",
    }),
    limited("call support by its URL", "lambda:InvokeFunctionUrl", names.function("support"), {
      "lambda:FunctionUrlAuthType": "AWS_IAM",
    }),
    limited(
      "delete the log of support",
      "logs:DeleteLogGroup",
      names.arn("logs", `log-group:/aws/lambda/${names.prefix}-support`),
    ),
    limited("call a function", "lambda:InvokeFunction", auth),
    limited("work in a region without resources of the environment", "lambda:UpdateFunctionCode", elsewhere, {
      "aws:RequestedRegion": "us-west-2",
    }),
  ];
}

function deniedForRoles(names: EnvironmentNames): DeniedRequest[] {
  const limits = removeLimits(names);
  const limited = deniedBy(limits);
  const bounded = { "iam:PermissionsBoundary": names.boundary };
  const toLambda = { "iam:PassedToService": "lambda.amazonaws.com" };
  const applyPolicy = names.iam(`policy/deploy/${names.deployRoleName("apply-storage")}`);
  return [
    ungranted("create a role without a boundary", "iam:CreateRole", names.role("new")),
    ungranted("create a role with another boundary", "iam:CreateRole", names.role("new"), {
      "iam:PermissionsBoundary": names.iam("policy/another"),
    }),
    ungranted("write the policy of a role without a boundary", "iam:PutRolePolicy", names.role("old")),
    ungranted("make a role an administrator", "iam:AttachRolePolicy", names.role("auth"), {
      ...bounded,
      "iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess",
    }),
    limited("remove the boundary of a role", "iam:DeleteRolePermissionsBoundary", names.role("auth"), bounded),
    limited("widen the boundary", "iam:CreatePolicyVersion", names.boundary),
    limited("delete the boundary", "iam:DeletePolicy", names.boundary),
    limited("widen its own permissions", "iam:CreatePolicyVersion", applyPolicy),
    limited("give itself another policy", "iam:PutRolePolicy", names.deployRole("apply")),
    limited("change its own trust policy", "iam:UpdateAssumeRolePolicy", names.deployRole("apply")),
    limited(
      "accept other tokens",
      "iam:AddClientIDToOpenIDConnectProvider",
      names.iam("oidc-provider/app.terraform.io"),
    ),
    limited("pass its own role", "iam:PassRole", names.deployRole("apply"), toLambda),
    ungranted("pass a role to a service that needs none", "iam:PassRole", names.role("auth"), {
      "iam:PassedToService": "ec2.amazonaws.com",
    }),
    ungranted("pass a role outside the environment", "iam:PassRole", names.iam("role/administrator"), toLambda),
    denied(
      request("assume a role", "sts:AssumeRole", names.role("auth")),
      limits,
      openTrustPolicies(`${names.prefix}-service`, names),
    ),
  ];
}

function deniedForData(names: EnvironmentNames): DeniedRequest[] {
  const limits = removeLimits(names);
  const limited = deniedBy(limits);
  const openBucket = openBackupBucket(names);
  const { backupBucket, prefix } = names;
  const { name, region } = names.environment;
  const tagged = { "aws:ResourceTag/environment": name };
  const pepper = names.parameter(parameters.refreshTokenPepper);
  const releaseLog = names.arn("logs", `log-group:/${prefix}/releases`);
  return [
    denied(
      request("sign", "kms:Sign", names.key("signing-key"), {
        "kms:SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256",
        "kms:MessageType": "RAW",
      }),
      limits,
      openKeyPolicies(names, names),
    ),
    ungranted("delete a key", "kms:ScheduleKeyDeletion", names.key("data-key"), tagged),
    limited("decrypt through SSM", "kms:Decrypt", names.key("data-key"), {
      ...tagged,
      "kms:ViaService": `ssm.${region}.amazonaws.com`,
    }),
    ungranted("read the pepper", "ssm:GetParameter", pepper),
    ungranted("overwrite the pepper", "ssm:PutParameter", pepper),
    limited("read a secret", "secretsmanager:GetSecretValue", names.arn("secretsmanager", `secret:${prefix}-origin-1`)),
    limited("read a backup", "s3:GetObject", `${backupBucket}/1`),
    ...["s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"].map((action) =>
      denied(request(`empty the backup bucket by ${action}`, action, `${backupBucket}/1`), limits, openBucket),
    ),
    denied(request("delete the backup bucket", "s3:DeleteBucket", backupBucket), limits, openBucket),
    limited("delete the policy of the backup bucket", "s3:DeleteBucketPolicy", backupBucket),
    ungranted("read log events", "logs:FilterLogEvents", names.arn("logs", `log-group:/aws/lambda/${prefix}-auth`)),
    limited("delete the release log", "logs:DeleteLogGroup", releaseLog),
    limited("forge a release", "logs:PutLogEvents", `${releaseLog}:log-stream:releases`),
  ];
}

function deniedForOthers(names: EnvironmentNames): DeniedRequest[] {
  const { name } = names.environment;
  const other = names.withOther(Object.values(environments).find((each) => each.name !== name)!);
  const vpc = names.arn("ec2", "vpc/vpc-1");
  const beingTagged = { "aws:RequestTag/environment": name };
  const ofOther = { "aws:ResourceTag/environment": other.environment.name };
  return [
    ungranted("take over a key of another environment by a tag", "kms:TagResource", names.key("signing-key"), {
      ...beingTagged,
      ...ofOther,
    }),
    ...["kms:PutKeyPolicy", "kms:CreateAlias", "kms:EnableKeyRotation"].map((action) =>
      ungranted(`change a key of another environment by ${action}`, action, names.key("signing-key"), ofOther),
    ),
    ungranted(
      "take over an alias of another environment",
      "kms:UpdateAlias",
      names.arn("kms", `alias/${other.prefix}-data`),
    ),
    ungranted("grant a key of another environment to a cache", "kms:CreateGrant", names.key("data-key"), {
      ...ofOther,
      "kms:ViaService": `elasticache.${names.environment.region}.amazonaws.com`,
      "kms:GrantIsForAWSResource": "true",
    }),
    ungranted("write records of other names", "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z1", {
      "route53:ChangeResourceRecordSetsNormalizedRecordNames": ["ecobeat.app"],
    }),
    ungranted("take over another network by a tag", "ec2:CreateTags", vpc, beingTagged),
    ungranted("delete another environment's network", "ec2:DeleteVpc", vpc, ofOther),
    denied(
      request("change another environment's backup bucket", "s3:PutBucketPolicy", other.backupBucket),
      openBackupBucketTo(other, names),
    ),
  ];
}
