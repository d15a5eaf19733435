import { parameters } from "../../../service/contract.ts";
import type { EnvironmentNames } from "./environment-names.ts";
import { type NamedRequest, request } from "./requests.ts";

/** What a run that plans needs, and a run that applies too: to read each kind of resource. */
export const planRequests = (names: EnvironmentNames): NamedRequest[] => [
  request("read a function", "lambda:GetFunction", names.function("auth")),
  request("read a key policy", "kms:GetKeyPolicy", names.key("signing-key")),
  request("read the policy of the backup bucket", "s3:GetBucketPolicy", names.backupBucket),
  request("read a role", "iam:GetRole", names.role("auth")),
  request("read the address of the cache", "ssm:GetParameter", names.parameter(parameters.redisUrl)),
  request("read the network", "ec2:DescribeVpcs", "*"),
  request("read the web ACL", "wafv2:GetWebACL", toWebAcl(names)),
  // To look up one alarm, some callers need access to all: https://github.com/mattclay/aws-terminator/pull/63
  request("read an alarm", "cloudwatch:DescribeAlarms", names.arn("cloudwatch", "alarm:any")),
  request("read the identity of mails", "ses:GetEmailIdentity", toMailIdentity(names)),
  request("read the topic of alarms", "sns:GetTopicAttributes", names.arn("sns", `${names.prefix}-alerts`)),
  request(
    "read the queue of failed events",
    "sqs:GetQueueAttributes",
    names.arn("sqs", `${names.prefix}-dump-failures`),
  ),
  request(
    "read the schedule",
    "scheduler:GetSchedule",
    names.arn("scheduler", `schedule/${names.prefix}-dump/${names.prefix}-dump`),
  ),
];

const toMailIdentity = (names: EnvironmentNames) => names.arn("ses", `identity/${names.environment.apiDomain}`);

const toWebAcl = (names: EnvironmentNames) => names.arn("wafv2", `regional/webacl/${names.prefix}-api/1`);

/** What the provider calls within seconds of `kms:CreateKey`. It does not retry a refusal. */
const newKeyActions = ["kms:EnableKeyRotation", "kms:PutKeyPolicy", "kms:UpdateKeyDescription", "kms:CreateAlias"];

/** What a run that applies needs, one request of each kind. */
export function applyRequests(names: EnvironmentNames): NamedRequest[] {
  const { name, apiDomain, region } = names.environment;
  const beingTagged = { "aws:RequestTag/environment": name };
  const tagged = { "aws:ResourceTag/environment": name };
  const bounded = { "iam:PermissionsBoundary": names.boundary };
  const subnet = names.arn("ec2", "subnet/subnet-1");
  return [
    request("change a function's code", "lambda:UpdateFunctionCode", names.function("auth")),
    request("let API Gateway call a function", "lambda:AddPermission", names.function("auth"), {
      "lambda:Principal": "apigateway.amazonaws.com",
    }),
    request("tag a new key for the environment", "kms:TagResource", names.key("signing-key"), beingTagged),
    request("create a role within the boundary", "iam:CreateRole", names.role("new"), bounded),
    request("write the policy of a role within the boundary", "iam:PutRolePolicy", names.role("auth"), bounded),
    request("pass a role to Lambda", "iam:PassRole", names.role("auth"), {
      "iam:PassedToService": "lambda.amazonaws.com",
    }),
    request("create a key with the environment's tag", "kms:CreateKey", "*", beingTagged),
    request("write the policy of a key of the environment", "kms:PutKeyPolicy", names.key("signing-key"), tagged),
    ...newKeyActions.map((action) =>
      request(`${action} of a new key, whose tag takes effect later`, action, names.key("data-key")),
    ),
    request("name it", "kms:CreateAlias", names.arn("kms", `alias/${names.prefix}-data`)),
    request("write the policy of the backup bucket", "s3:PutBucketPolicy", names.backupBucket),
    request("write the address of the cache", "ssm:PutParameter", names.parameter(parameters.redisUrl)),
    request("create a subnet with the environment's tag", "ec2:CreateSubnet", subnet, beingTagged),
    request("create it in the environment's network", "ec2:CreateSubnet", names.arn("ec2", "vpc/vpc-1"), tagged),
    request("give an endpoint a private DNS name", "route53:AssociateVPCWithHostedZone", "*"),
    request("tag a new subnet", "ec2:CreateTags", subnet, { "ec2:CreateAction": "CreateSubnet" }),
    request(
      "tag the network's default security group",
      "ec2:CreateTags",
      names.arn("ec2", "security-group/sg-1"),
      beingTagged,
    ),
    request("create the identity of mails", "ses:CreateEmailIdentity", toMailIdentity(names)),
    request("set the domain of its bounces", "ses:PutEmailIdentityMailFromAttributes", toMailIdentity(names)),
    request(
      "publish the events of its mails",
      "ses:CreateConfigurationSetEventDestination",
      names.arn("ses", `configuration-set/${names.prefix}`),
    ),
    request("write records of the API's name", "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z1", {
      "route53:ChangeResourceRecordSetsNormalizedRecordNames": [apiDomain, `_1.${apiDomain}`],
    }),
    request(
      "create the cache",
      "elasticache:CreateReplicationGroup",
      names.arn("elasticache", `replicationgroup:${names.prefix}`),
    ),
    request("encrypt it through ElastiCache with a new key", "kms:CreateGrant", names.key("data-key"), {
      "kms:ViaService": `elasticache.${region}.amazonaws.com`,
      "kms:GrantIsForAWSResource": "true",
    }),
    request("give support a URL that needs a signature", "lambda:CreateFunctionUrlConfig", names.function("support"), {
      "lambda:FunctionUrlAuthType": "AWS_IAM",
    }),
    request(
      "create a log group",
      "logs:CreateLogGroup",
      names.arn("logs", `log-group:/aws/lambda/${names.prefix}-auth`),
    ),
    request("create an API", "apigateway:POST", `arn:aws:apigateway:${region}::/restapis`),
    request("wait for a new certificate", "acm:DescribeCertificate", names.arn("acm", "certificate/1")),
    ...(names.environment.cdn ? newEdgeRequests(names) : []),
    request("protect it with the web ACL", "wafv2:AssociateWebACL", toWebAcl(names)),
  ];
}

/** Requests about what the same run has just created, whose tags may not count yet. */
const newEdgeRequests = (names: EnvironmentNames): NamedRequest[] => [
  request(
    "wait for a new distribution",
    "cloudfront:GetDistribution",
    `arn:aws:cloudfront::${names.environment.accountId}:distribution/E1`,
  ),
  request("encrypt the origin secret with a new key", "kms:GenerateDataKey", names.key("data-key"), {
    "aws:CalledViaFirst": "cloudformation.amazonaws.com",
    "kms:ViaService": `secretsmanager.${names.environment.region}.amazonaws.com`,
  }),
];
