import { parameters } from "../../../service/contract.ts";
import type { DeployNames } from "./deploy-names.ts";
import type { NamedRequest, Refusal } from "./function-requests.ts";

/** What it takes to see what runs, and of which commit it is. */
export const looking = (names: DeployNames): NamedRequest[] => [
  { name: "see where the alias points", action: "lambda:GetAlias", resource: functionNamed(names, "api") },
  {
    name: "see which versions there are",
    action: "lambda:ListVersionsByFunction",
    resource: functionNamed(names, "auth"),
  },
  {
    name: "read the archive of a version",
    action: "lambda:GetFunction",
    resource: `${functionNamed(names, "api")}:12`,
  },
  { name: "see who released what", action: "logs:GetLogEvents", resource: releaseLog(names) },
];

/** What it takes beyond to promote it: that all is well. */
export const promoting = (names: DeployNames): NamedRequest[] => [
  {
    name: "see which alarms ring",
    action: "cloudwatch:DescribeAlarms",
    resource: names.arn("cloudwatch", "alarm:*"),
  },
];

/** What a release takes beyond. */
export const releasing = (names: DeployNames): NamedRequest[] => [
  ...["GetFunctionConfiguration", "PublishVersion", "UpdateAlias", "UpdateFunctionCode"].map((action) => ({
    name: `do ${action} on a function`,
    action: `lambda:${action}`,
    resource: functionNamed(names, "auth"),
  })),
  {
    name: "have the indexes made",
    action: "lambda:InvokeFunction",
    resource: functionNamed(names, "migrate"),
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
    resource: releaseLog(names),
  })),
];

/** What a restore test takes. */
export const verifying = (names: DeployNames): NamedRequest[] => [
  {
    name: "invoke the restore test",
    action: "lambda:InvokeFunction",
    resource: functionNamed(names, "restore-test"),
  },
];

/** What no workflow may do, whatever it is for. */
export const refusedToWorkflows = (names: DeployNames): Refusal[] => [
  {
    name: "change what a function is told or may do",
    action: "lambda:UpdateFunctionConfiguration",
    resource: functionNamed(names, "auth"),
  },
  {
    name: "call a function that signs",
    action: "lambda:InvokeFunction",
    resource: functionNamed(names, "auth"),
  },
  {
    name: "change the code of a function that nobody releases",
    action: "lambda:UpdateFunctionCode",
    resource: functionNamed(names, "dump"),
  },
  {
    name: "release in another region",
    action: "lambda:UpdateAlias",
    resource: functionNamed(names, "api").replace(names.environment.region, "us-west-2"),
  },
  { name: "delete a function", action: "lambda:DeleteFunction", resource: functionNamed(names, "api") },
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
    resource: releaseLog(names),
  },
  {
    name: "read what was logged",
    action: "logs:GetLogEvents",
    resource: names.arn("logs", `log-group:/aws/lambda/${names.prefix}-auth:log-stream:1`),
  },
];

const releaseLog = (names: DeployNames): string =>
  names.arn("logs", `log-group:/${names.prefix}/releases:log-stream:releases`);

const functionNamed = (names: DeployNames, id: string): string =>
  names.arn("lambda", `function:${names.prefix}-${id}`);
