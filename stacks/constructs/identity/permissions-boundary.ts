import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { adminManagedPath, boundaryName } from "./boundary-name.ts";
import { type PolicyStatement, policyDocument } from "./policy-document.ts";

/**
 * The most that any role of an environment may ever do, whatever its own policies grant: what functions and AWS's services
 * do in the environment's name, and nothing about accounts, roles or deletion. It grants nothing by itself. Costs nothing.
 *
 * @example new PermissionsBoundary(this, "permissions-boundary").arn;
 */
export class PermissionsBoundary extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    const policy = new IamPolicy(this, "policy", {
      name: boundaryName(stack.namePrefix),
      path: adminManagedPath,
      description: "The most that any role of the environment may do",
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
      // X-Ray knows no narrower resource for them.
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
      // Lambda asks for them before the interfaces exist, and the describing ones know no resource.
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
      // The keys' own policies say who uses which.
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
      // Names of buckets are unique in the world: a stranger may have one that begins like ours.
      conditions: { StringEquals: { "aws:ResourceAccount": accountId } },
    },
    {
      sid: "Failures",
      actions: ["sqs:SendMessage"],
      resources: [`arn:aws:sqs:*:${accountId}:${name}-*`],
    },
    {
      sid: "Functions",
      // Schedules call them, and CodeDeploy moves their aliases.
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
      sid: "HooksOfDeployments",
      actions: ["codedeploy:PutLifecycleEventHookExecutionStatus"],
      // It knows no resource.
      resources: ["*"],
    },
    {
      sid: "Alarms",
      actions: ["cloudwatch:DescribeAlarms"],
      resources: [`arn:aws:cloudwatch:*:${accountId}:alarm:*`],
    },
    {
      // Also where a resource's own policy would let a role in, which needs no permission of a boundary.
      sid: "DenyIamAndOrganizations",
      effect: "Deny",
      actions: ["account:*", "iam:*", "organizations:*"],
      // Whatever it is that is refused.
      resources: ["*"],
    },
  ];
}
