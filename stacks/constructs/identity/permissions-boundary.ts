import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { adminManagedPath, toBoundaryName } from "./boundary-name.ts";
import { type PolicyStatement, policyDocument } from "./policy-document.ts";

/**
 * The maximum permissions of any role of an environment, whatever its own policies allow: the actions of functions and of AWS
 * services for the environment, without accounts, roles and deletion. It allows nothing by itself. Costs nothing.
 *
 * @example new PermissionsBoundary(this, "permissions-boundary").arn;
 */
export class PermissionsBoundary extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    const policy = new IamPolicy(this, "policy", {
      name: toBoundaryName(stack),
      path: adminManagedPath,
      description: "Maximum permissions of any role of the environment",
      policy: policyDocument(...toStatements(stack)),
    });
    this.arn = policy.arn;
  }
}

function toStatements({ namePrefix: name, accountId, environment }: EcobeatStack): PolicyStatement[] {
  return [
    {
      sid: "Logs",
      actions: [
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:DescribeLogGroups",
        "logs:DescribeLogStreams",
        "logs:FilterLogEvents",
        "logs:GetLogEvents",
        "logs:PutLogEvents",
      ],
      resources: [`arn:aws:logs:*:${accountId}:log-group:*`],
    },
    {
      sid: "Traces",
      actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
      // X-Ray supports no narrower resource for them.
      resources: ["*"],
    },
    {
      sid: "NetworkInterfaces",
      actions: [
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
      ],
      // Lambda needs them before the interfaces exist, and the Describe actions support no resource.
      resources: ["*"],
    },
    {
      sid: "Parameters",
      actions: ["ssm:GetParameters"],
      resources: [`arn:aws:ssm:*:${accountId}:parameter/ecobeat/${environment.name}/*`],
    },
    {
      sid: "Keys",
      actions: [
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:GetPublicKey",
        "kms:Sign",
      ],
      // The key policies decide which role uses which key.
      resources: [`arn:aws:kms:*:${accountId}:key/*`],
    },
    {
      sid: "Cache",
      actions: ["elasticache:Connect"],
      resources: ["replicationgroup", "user"].map(
        (kind) => `arn:aws:elasticache:*:${accountId}:${kind}:${name}*`,
      ),
    },
    {
      sid: "Backups",
      actions: [
        "s3:GetObject",
        "s3:GetObjectLegalHold",
        "s3:GetObjectRetention",
        "s3:GetObjectVersionAcl",
        "s3:GetObjectVersionForReplication",
        "s3:GetObjectVersionTagging",
        "s3:GetReplicationConfiguration",
        "s3:ListBucket",
        "s3:PutObject",
        "s3:ReplicateObject",
        "s3:ReplicateTags",
      ],
      resources: [`arn:aws:s3:::${name}-backups-*`],
      // Bucket names are globally unique: another account may have a bucket whose name begins like ours.
      conditions: { StringEquals: { "aws:ResourceAccount": accountId } },
    },
    {
      sid: "Failures",
      actions: ["sqs:SendMessage"],
      resources: [`arn:aws:sqs:*:${accountId}:${name}-*`],
    },
    {
      sid: "Functions",
      // Schedules call them, and CodeDeploy updates their aliases.
      actions: [
        "lambda:GetAlias",
        "lambda:GetProvisionedConcurrencyConfig",
        "lambda:InvokeFunction",
        "lambda:UpdateAlias",
      ],
      resources: [`arn:aws:lambda:*:${accountId}:function:${name}-*`],
    },
    {
      sid: "Deployments",
      actions: ["codedeploy:GetDeployment"],
      resources: [`arn:aws:codedeploy:*:${accountId}:deploymentgroup:${name}/*`],
    },
    {
      sid: "DeploymentHooks",
      actions: ["codedeploy:PutLifecycleEventHookExecutionStatus"],
      // It supports no resource.
      resources: ["*"],
    },
    {
      sid: "Alarms",
      actions: ["cloudwatch:DescribeAlarms"],
      resources: [`arn:aws:cloudwatch:*:${accountId}:alarm:*`],
    },
    {
      // A resource policy can allow a role something without the boundary. A denial applies there too.
      sid: "DenyIamAndOrganizations",
      effect: "Deny",
      actions: ["account:*", "iam:*", "organizations:*"],
      // All of them.
      resources: ["*"],
    },
  ];
}
