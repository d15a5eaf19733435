import { parameters } from "../../../service/contract.ts";
import type { EnvironmentNames } from "./environment-names.ts";
import { type DeniedRequest, denied, type NamedRequest, request } from "./requests.ts";

/** To see which version serves traffic, and its commit. */
export const inspectionRequests = (names: EnvironmentNames): NamedRequest[] => [
  request("read an alias", "lambda:GetAlias", names.function("api")),
  request("list versions", "lambda:ListVersionsByFunction", names.function("auth")),
  request("read the archive of a version", "lambda:GetFunction", `${names.function("api")}:12`),
  request("read the release log", "logs:GetLogEvents", toReleaseLogArn(names)),
];

/** To see in addition whether a version can be promoted. */
export const promotionRequests = (names: EnvironmentNames): NamedRequest[] => [
  request("see firing alarms", "cloudwatch:DescribeAlarms", names.arn("cloudwatch", "alarm:*")),
];

/** To release in addition. */
export function releaseRequests(names: EnvironmentNames): NamedRequest[] {
  const { prefix, environment } = names;
  const codeDeploy = (action: string, resource: string) =>
    request(`use ${action} of CodeDeploy`, `codedeploy:${action}`, resource);
  const toArn = (resource: string) => names.arn("codedeploy", resource);
  return [
    ...["GetFunctionConfiguration", "PublishVersion", "UpdateAlias", "UpdateFunctionCode"].map((action) =>
      request(`use ${action} of a function`, `lambda:${action}`, names.function("auth")),
    ),
    request("create indexes", "lambda:InvokeFunction", names.function("migrate")),
    ...["CreateDeployment", "GetDeployment", "ListDeployments"].map((action) =>
      codeDeploy(action, toArn(`deploymentgroup:${prefix}/${prefix}-api`)),
    ),
    ...["GetApplicationRevision", "RegisterApplicationRevision"].map((action) =>
      codeDeploy(action, toArn(`application:${prefix}`)),
    ),
    codeDeploy("GetDeploymentConfig", toArn(`deploymentconfig:${environment.functions.deploymentConfiguration}`)),
    codeDeploy("StopDeployment", "*"),
    ...["CreateLogStream", "PutLogEvents"].map((action) =>
      request(`use ${action} of the release log`, `logs:${action}`, toReleaseLogArn(names)),
    ),
  ];
}

/** To run the restore test. */
export const restoreTestRequests = (names: EnvironmentNames): NamedRequest[] => [
  request("invoke the restore test", "lambda:InvokeFunction", names.function("restore-test")),
];

/** What no workflow may do. */
export function deniedToWorkflows(names: EnvironmentNames): DeniedRequest[] {
  const elsewhere = names.function("api").replace(names.environment.region, "us-west-2");
  const functionLog = names.arn("logs", `log-group:/aws/lambda/${names.prefix}-auth:log-stream:1`);
  return [
    request(
      "change the variables or the role of a function",
      "lambda:UpdateFunctionConfiguration",
      names.function("auth"),
    ),
    request("call a function that signs", "lambda:InvokeFunction", names.function("auth")),
    request("change a function that is not released", "lambda:UpdateFunctionCode", names.function("dump")),
    request("release in another region", "lambda:UpdateAlias", elsewhere),
    request("delete a function", "lambda:DeleteFunction", names.function("api")),
    request("pass a role to a function", "iam:PassRole", names.role("auth"), {
      "iam:PassedToService": "lambda.amazonaws.com",
    }),
    request("give itself a policy", "iam:PutRolePolicy", names.deployRole("release")),
    request("read the pepper", "ssm:GetParameter", names.parameter(parameters.refreshTokenPepper)),
    request("read a backup", "s3:GetObject", `${names.backupBucket}/1`),
    request("delete the release log", "logs:DeleteLogStream", toReleaseLogArn(names)),
    request("read log events of a function", "logs:GetLogEvents", functionLog),
  ].map((each) => denied(each));
}

const toReleaseLogArn = (names: EnvironmentNames): string =>
  names.arn("logs", `log-group:/${names.prefix}/releases:log-stream:releases`);
