/** EC2 authorizes the tags of a new resource separately. */
const taggedByEc2 = [
  "AllocateAddress",
  "AuthorizeSecurityGroupEgress",
  "AuthorizeSecurityGroupIngress",
  "CreateFlowLogs",
  "CreateInternetGateway",
  "CreateNatGateway",
  "CreateRouteTable",
  "CreateSecurityGroup",
  "CreateSubnet",
  "CreateVpc",
  "CreateVpcEndpoint",
];
/** ElastiCache reads the network with the permissions of its caller. */
const placedByElastiCache = [
  "CreateCacheSubnetGroup",
  "CreateReplicationGroup",
  "DecreaseReplicaCount",
  "DeleteCacheSubnetGroup",
  "IncreaseReplicaCount",
  "ModifyCacheSubnetGroup",
  "ModifyReplicationGroup",
];
const taggedByElastiCache = [
  "CreateCacheParameterGroup",
  "CreateCacheSubnetGroup",
  "CreateReplicationGroup",
  "CreateUser",
  "CreateUserGroup",
];
/** To let a service write to CloudWatch Logs. */
const logDelivery = [
  "logs:CreateLogDelivery",
  "logs:DeleteLogDelivery",
  "logs:DescribeLogGroups",
  "logs:DescribeResourcePolicies",
  "logs:GetLogDelivery",
  "logs:ListLogDeliveries",
  "logs:PutResourcePolicy",
  "logs:UpdateLogDelivery",
];
const functionNetwork = ["ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"];

const fromEach = (service: string, actions: readonly string[], ...dependent: readonly string[]) =>
  actions.map((action) => [`${service}:${action}`, dependent] as const);

/**
 * An action, and those that AWS also requires of its caller: the column "Dependent actions" of the Service Authorization
 * Reference, https://docs.aws.amazon.com/service-authorization/latest/reference/, or the page of a service where one is given.
 * Omitted are those for features that no stack uses: accounts that share billing views (`budgets`), tenants of a distribution,
 * replicas of a key in other regions, capacity providers of Lambda, private zones, delivery status of SNS, flow logs of ECS, a
 * cache from a snapshot in S3, shared rule groups, events of SES and WAF's logs to Firehose, and web ACLs of services other than API Gateway.
 * ElastiCache creates network interfaces by its service-linked role:
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/ElastiCacheServiceRolePolicy.html
 */
export const dependentActions: readonly (readonly [action: string, dependent: readonly string[]])[] = [
  ["application-autoscaling:RegisterScalableTarget", ["application-autoscaling:TagResource"]],
  // https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_id-based-policy-examples.html
  ["application-autoscaling:RegisterScalableTarget", ["iam:CreateServiceLinkedRole"]],
  [
    "application-autoscaling:PutScalingPolicy",
    ["cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"],
  ],
  // https://docs.aws.amazon.com/waf/latest/developerguide/security_iam_service-with-iam.html
  ...fromEach("cloudfront", ["CreateDistribution", "UpdateDistribution"], "wafv2:GetWebACL"),
  ["codedeploy:CreateDeploymentGroup", ["iam:PassRole"]],
  ...fromEach("ec2", taggedByEc2, "ec2:CreateTags"),
  ["ec2:CreateFlowLogs", ["iam:PassRole"]],
  ["ec2:CreateVpcEndpoint", [...functionNetwork, "route53:AssociateVPCWithHostedZone"]],
  ...fromEach("elasticache", taggedByElastiCache, "elasticache:AddTagsToResource"),
  ...fromEach(
    "elasticache",
    placedByElastiCache,
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
  ),
  ["elasticache:CreateReplicationGroup", ["iam:CreateServiceLinkedRole"]],
  // https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Log_Delivery.html
  ...fromEach("elasticache", ["CreateReplicationGroup", "ModifyReplicationGroup"], ...logDelivery),
  ["kms:CreateKey", ["kms:PutKeyPolicy", "kms:TagResource"]],
  ["lambda:CreateFunction", ["iam:PassRole"]],
  // https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
  ...fromEach("lambda", ["CreateFunction", "UpdateFunctionConfiguration"], "iam:PassRole", ...functionNetwork),
  // Object Lock: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
  ["s3:CreateBucket", ["s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning", "s3:TagResource"]],
  ["s3:PutReplicationConfiguration", ["iam:PassRole"]],
  ...fromEach("ses", ["CreateConfigurationSet", "CreateEmailIdentity"], "ses:TagResource"),
  ...fromEach("scheduler", ["CreateSchedule", "UpdateSchedule"], "iam:PassRole"),
  // With a group, EventBridge deletes its schedules.
  ["scheduler:DeleteScheduleGroup", ["scheduler:DeleteSchedule"]],
  ...fromEach("wafv2", ["CreateRuleGroup", "CreateWebACL"], "wafv2:TagResource"),
  ...fromEach("wafv2", ["AssociateWebACL", "DisassociateWebACL"], "apigateway:SetWebACL"),
  ["wafv2:GetWebACLForResource", ["wafv2:GetWebACL"]],
  ["wafv2:PutLoggingConfiguration", logDelivery],
];
