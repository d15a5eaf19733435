import { parameters } from "../../../service/contract.ts";
import type { DeployNames } from "./deploy-names.ts";
import type { NamedRequest } from "./function-requests.ts";

/** What a run that plans needs, and with it one that applies: to read each kind of thing. */
export function planRequests(names: DeployNames): NamedRequest[] {
  const { prefix } = names;
  return [
    {
      name: "read a function",
      action: "lambda:GetFunction",
      resource: names.arn("lambda", `function:${prefix}-auth`),
    },
    { name: "read a key's policy", action: "kms:GetKeyPolicy", resource: names.signingKey },
    { name: "read the backup bucket's policy", action: "s3:GetBucketPolicy", resource: names.backupBucket },
    { name: "read a role", action: "iam:GetRole", resource: names.role("auth") },
    {
      name: "read the address of the cache",
      action: "ssm:GetParameter",
      resource: names.parameter(parameters.redisUrl),
    },
    { name: "read the network", action: "ec2:DescribeVpcs", resource: "*" },
    {
      name: "read the web ACL",
      action: "wafv2:GetWebACL",
      resource: names.arn("wafv2", `regional/webacl/${prefix}-api/1`),
    },
    {
      name: "read an alarm",
      action: "cloudwatch:DescribeAlarms",
      resource: names.arn("cloudwatch", `alarm:${prefix}-api-errors`),
    },
    {
      name: "read the topic of alarms",
      action: "sns:GetTopicAttributes",
      resource: names.arn("sns", `${prefix}-alerts`),
    },
    {
      name: "read the queue of failures",
      action: "sqs:GetQueueAttributes",
      resource: names.arn("sqs", `${prefix}-dump-failures`),
    },
    {
      name: "read the schedule",
      action: "scheduler:GetSchedule",
      resource: names.arn("scheduler", `schedule/${prefix}-dump/${prefix}-dump`),
    },
  ];
}

/** What a run that applies needs, one request of each kind. */
export function applyRequests(names: DeployNames): NamedRequest[] {
  const { name, apiDomain, accountId } = names.environment;
  const tagged = { "aws:RequestTag/environment": name };
  const own = { "aws:ResourceTag/environment": name };
  return [
    {
      name: "change what a function runs",
      action: "lambda:UpdateFunctionCode",
      resource: names.arn("lambda", `function:${names.prefix}-auth`),
    },
    {
      name: "let API Gateway call a function",
      action: "lambda:AddPermission",
      resource: names.arn("lambda", `function:${names.prefix}-auth`),
      context: { "lambda:Principal": "apigateway.amazonaws.com" },
    },
    {
      name: "tag a new key as the environment's",
      action: "kms:TagResource",
      resource: names.signingKey,
      context: tagged,
    },
    {
      name: "make a role within the boundary",
      action: "iam:CreateRole",
      resource: names.role("new"),
      context: { "iam:PermissionsBoundary": names.boundary },
    },
    {
      name: "say what a role within the boundary may do",
      action: "iam:PutRolePolicy",
      resource: names.role("auth"),
      context: { "iam:PermissionsBoundary": names.boundary },
    },
    {
      name: "hand a role to Lambda",
      action: "iam:PassRole",
      resource: names.role("auth"),
      context: { "iam:PassedToService": "lambda.amazonaws.com" },
    },
    {
      name: "make a key with the environment's tag",
      action: "kms:CreateKey",
      resource: "*",
      context: tagged,
    },
    {
      name: "hold the policy of a key of the environment",
      action: "kms:PutKeyPolicy",
      resource: names.signingKey,
      context: own,
    },
    { name: "hold the backup bucket's policy", action: "s3:PutBucketPolicy", resource: names.backupBucket },
    {
      name: "write the address of the cache",
      action: "ssm:PutParameter",
      resource: names.parameter(parameters.redisUrl),
    },
    {
      name: "make a subnet with the environment's tag",
      action: "ec2:CreateSubnet",
      resource: names.arn("ec2", "subnet/subnet-1"),
      context: tagged,
    },
    {
      name: "make it in the environment's network",
      action: "ec2:CreateSubnet",
      resource: names.arn("ec2", "vpc/vpc-1"),
      context: own,
    },
    {
      name: "tag what it makes",
      action: "ec2:CreateTags",
      resource: names.arn("ec2", "subnet/subnet-1"),
      context: { "ec2:CreateAction": "CreateSubnet" },
    },
    {
      name: "claim the network's first security group",
      action: "ec2:CreateTags",
      resource: names.arn("ec2", "security-group/sg-1"),
      context: tagged,
    },
    {
      name: "write records of the API's name",
      action: "route53:ChangeResourceRecordSets",
      resource: "arn:aws:route53:::hostedzone/Z1",
      context: { "route53:ChangeResourceRecordSetsNormalizedRecordNames": [apiDomain, `_1.${apiDomain}`] },
    },
    {
      name: "make the cache",
      action: "elasticache:CreateReplicationGroup",
      resource: names.arn("elasticache", `replicationgroup:${names.prefix}`),
    },
    {
      name: "have ElastiCache encrypt it",
      action: "kms:CreateGrant",
      resource: names.dataKey,
      context: {
        ...own,
        "kms:ViaService": `elasticache.${names.environment.region}.amazonaws.com`,
        "kms:GrantIsForAWSResource": "true",
      },
    },
    {
      name: "make a log group",
      action: "logs:CreateLogGroup",
      resource: names.arn("logs", `log-group:/aws/lambda/${names.prefix}-auth`),
    },
    {
      name: "make an API",
      action: "apigateway:POST",
      resource: `arn:aws:apigateway:${names.environment.region}::/restapis`,
    },
    {
      name: "put the web ACL before it",
      action: "wafv2:AssociateWebACL",
      resource: `arn:aws:wafv2:${names.environment.region}:${accountId}:regional/webacl/${names.prefix}-api/1`,
    },
  ];
}
