import { parameters } from "../../../service/contract.ts";
import type { DeployNames } from "./deploy-names.ts";
import type { DeniedRequest, NamedRequest } from "./function-requests.ts";

/** What it takes to see what runs, and of which commit it is. */
export const inspectionRequests = (names: DeployNames): NamedRequest[] => [
  { name: "see where the alias points", action: "lambda:GetAlias", resource: toFunctionArn(names, "api") },
  {
    name: "see which versions there are",
    action: "lambda:ListVersionsByFunction",
    resource: toFunctionArn(names, "auth"),
  },
  {
    name: "read the archive of a version",
    action: "lambda:GetFunction",
    resource: `${toFunctionArn(names, "api")}:12`,
  },
  { name: "see who released what", action: "logs:GetLogEvents", resource: toReleaseLogArn(names) },
];

/** What it takes beyond to promote it: that all is well. */
export const promotionRequests = (names: DeployNames): NamedRequest[] => [
  {
    name: "see which alarms ring",
    action: "cloudwatch:DescribeAlarms",
    resource: names.arn("cloudwatch", "alarm:*"),
  },
];

/** What a release takes beyond. */
export const releaseRequests = (names: DeployNames): NamedRequest[] => [
  ...["GetFunctionConfiguration", "PublishVersion", "UpdateAlias", "UpdateFunctionCode"].map((action) => ({
    name: `do ${action} on a function`,
    action: `lambda:${action}`,
    resource: toFunctionArn(names, "auth"),
  })),
  {
    name: "have the indexes made",
    action: "lambda:InvokeFunction",
    resource: toFunctionArn(names, "migrate"),
  },
  ...["CreateDeployment", "GetDeployment", "ListDeployments"].map((action) => ({
    name: `do ${action} with CodeDeploy`,
    action: `codedeploy:${action}`,
    resource: names.arn("codedeploy", `deploymentgroup:${names.prefix}/${names.prefix}-api`),
  })),
  ...["GetApplicationRevision", "RegisterApplicationRevision"].map((action) => ({
    name: `do ${action} with CodeDeploy`,
    action: `codedeploy:${action}`,
    resource: names.arn("codedeploy", `application:${names.prefix}`),
  })),
  {
    name: "see how CodeDeploy moves requests",
    action: "codedeploy:GetDeploymentConfig",
    resource: names.arn(
      "codedeploy",
      `deploymentconfig:${names.environment.functions.deploymentConfiguration}`,
    ),
  },
  { name: "stop a deployment", action: "codedeploy:StopDeployment", resource: "*" },
  ...["CreateLogStream", "PutLogEvents"].map((action) => ({
    name: `do ${action} with who released what`,
    action: `logs:${action}`,
    resource: toReleaseLogArn(names),
  })),
];

/** What a restore test takes. */
export const restoreTestRequests = (names: DeployNames): NamedRequest[] => [
  {
    name: "invoke the restore test",
    action: "lambda:InvokeFunction",
    resource: toFunctionArn(names, "restore-test"),
  },
];

/** What no workflow may do, whatever it is for. */
export const deniedToWorkflows = (names: DeployNames): DeniedRequest[] => [
  {
    name: "change what a function is told or may do",
    action: "lambda:UpdateFunctionConfiguration",
    resource: toFunctionArn(names, "auth"),
  },
  {
    name: "call a function that signs",
    action: "lambda:InvokeFunction",
    resource: toFunctionArn(names, "auth"),
  },
  {
    name: "change the code of a function that nobody releases",
    action: "lambda:UpdateFunctionCode",
    resource: toFunctionArn(names, "dump"),
  },
  {
    name: "release in another region",
    action: "lambda:UpdateAlias",
    resource: toFunctionArn(names, "api").replace(names.environment.region, "us-west-2"),
  },
  { name: "delete a function", action: "lambda:DeleteFunction", resource: toFunctionArn(names, "api") },
  {
    name: "hand a role to a function",
    action: "iam:PassRole",
    resource: names.role("auth"),
    context: { "iam:PassedToService": "lambda.amazonaws.com" },
  },
  {
    name: "give itself a policy",
    action: "iam:PutRolePolicy",
    resource: names.deployRole("release"),
  },
  {
    name: "read the pepper",
    action: "ssm:GetParameter",
    resource: names.parameter(parameters.refreshTokenPepper),
  },
  { name: "read a backup", action: "s3:GetObject", resource: `${names.backupBucket}/1` },
  {
    name: "delete who released what",
    action: "logs:DeleteLogStream",
    resource: toReleaseLogArn(names),
  },
  {
    name: "read what was logged",
    action: "logs:GetLogEvents",
    resource: names.arn("logs", `log-group:/aws/lambda/${names.prefix}-auth:log-stream:1`),
  },
];

const toReleaseLogArn = (names: DeployNames): string =>
  names.arn("logs", `log-group:/${names.prefix}/releases:log-stream:releases`);

const toFunctionArn = (names: DeployNames, id: string): string =>
  names.arn("lambda", `function:${names.prefix}-${id}`);
