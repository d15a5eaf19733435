import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy/index.js";
import { Construct } from "constructs";
import { parameterPath } from "../../../service/contract.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { exportsSnapshots } from "../../environments.ts";
import { ticketTopicSuffix, toMailQueueArn } from "../../names.ts";
import { adminManagedPath, toBoundaryName } from "./boundary-name.ts";
import { allow, type PolicyStatement, policyDocument } from "./policy-document.ts";

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

/** What every function needs, and what no role may do. */
export const commonStatements: readonly PolicyStatement[] = [
  // X-Ray supports no narrower resource.
  allow("Traces", ["*"], "xray:PutTraceSegments", "xray:PutTelemetryRecords"),
  // Lambda needs these before the interfaces exist, and the Describe actions support no resource.
  allow(
    "NetworkInterfaces",
    ["*"],
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
  ),
  {
    // A resource policy can allow actions that the boundary does not. A denial applies to these too.
    sid: "DenyIamAndOrganizations",
    effect: "Deny",
    actions: ["account:*", "iam:*", "organizations:*"],
    resources: ["*"],
  },
];

function toStatements({ namePrefix: name, accountId, environment }: EcobeatStack): PolicyStatement[] {
  return [
    allow(
      "Logs",
      [`arn:aws:logs:*:${accountId}:log-group:*`],
      "logs:CreateLogGroup",
      "logs:CreateLogStream",
      "logs:DescribeLogGroups",
      "logs:DescribeLogStreams",
      "logs:FilterLogEvents",
      "logs:GetLogEvents",
      "logs:PutLogEvents",
    ),
    allow(
      "Parameters",
      [`arn:aws:ssm:*:${accountId}:parameter${parameterPath(environment.name, "*")}`],
      "ssm:GetParameters",
    ),
    // The key policies decide which role uses which key.
    allow(
      "Keys",
      [`arn:aws:kms:*:${accountId}:key/*`],
      "kms:Decrypt",
      "kms:DescribeKey",
      "kms:Encrypt",
      "kms:GenerateDataKey",
      "kms:GetPublicKey",
      "kms:Sign",
    ),
    allow(
      "Cache",
      ["replicationgroup", "user"].map((kind) => `arn:aws:elasticache:*:${accountId}:${kind}:${name}*`),
      "elasticache:Connect",
    ),
    {
      sid: "Backups",
      actions: [
        ...(exportsSnapshots(environment) ? ["s3:GetBucketLocation"] : []),
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
    allow(
      "Mails",
      [
        `arn:aws:ses:*:${accountId}:identity/${environment.apiDomain}`,
        `arn:aws:ses:*:${accountId}:configuration-set/${name}`,
      ],
      "ses:SendEmail",
    ),
    allow(
      "MailQueue",
      [toMailQueueArn(environment)],
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:ReceiveMessage",
    ),
    allow("Queues", [`arn:aws:sqs:*:${accountId}:${name}-*`], "sqs:SendMessage"),
    // Schedules call them, and CodeDeploy updates their aliases.
    allow(
      "Functions",
      [`arn:aws:lambda:*:${accountId}:function:${name}-*`],
      "lambda:GetAlias",
      "lambda:GetProvisionedConcurrencyConfig",
      "lambda:InvokeFunction",
      "lambda:UpdateAlias",
    ),
    allow("Deployments", [`arn:aws:codedeploy:*:${accountId}:deploymentgroup:${name}/*`], "codedeploy:GetDeployment"),
    allow("Revisions", [`arn:aws:codedeploy:*:${accountId}:application:${name}`], "codedeploy:GetApplicationRevision"),
    // CodeDeploy supports no resource for this action.
    allow("DeploymentHooks", ["*"], "codedeploy:PutLifecycleEventHookExecutionStatus"),
    allow("Alerts", [`arn:aws:sns:*:${accountId}:${name}-alerts${ticketTopicSuffix}`], "sns:Publish"),
    allow("Alarms", [`arn:aws:cloudwatch:*:${accountId}:alarm:*`], "cloudwatch:DescribeAlarms"),
    ...commonStatements,
  ];
}
