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
  request("read the archive of the pre-traffic hook", "lambda:GetFunction", names.function("pre-traffic")),
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
    ...["migrate", "pre-traffic"].flatMap((id) =>
      ["GetFunctionConfiguration", "UpdateFunctionCode"].map((action) =>
        request(`use ${action} of ${id}`, `lambda:${action}`, names.function(id)),
      ),
    ),
    request("create indexes", "lambda:InvokeFunction", names.function("migrate")),
    request("see which alarms stop a release", "cloudwatch:DescribeAlarms", names.arn("cloudwatch", "alarm:*")),
    ...["CreateDeployment", "GetDeployment", "GetDeploymentGroup", "ListDeployments"].map((action) =>
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

/** To start in addition a deployment that alarms in ALARM do not stop. */
export const alarmOverrideRequests = (names: EnvironmentNames): NamedRequest[] =>
  ["api", "auth"].map((id) =>
    request(
      `override alarms of a deployment of ${id}`,
      "codedeploy:UpdateDeploymentGroup",
      names.arn("codedeploy", `deploymentgroup:${names.prefix}/${names.prefix}-${id}`),
    ),
  );

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
    request("publish a version of migrate", "lambda:PublishVersion", names.function("migrate")),
    request("call the pre-traffic hook", "lambda:InvokeFunction", names.function("pre-traffic")),
    request(
      "change an alarm",
      "cloudwatch:PutMetricAlarm",
      names.arn("cloudwatch", `alarm:${names.prefix}-api-errors`),
    ),
    request("give CodeDeploy another role", "iam:PassRole", names.role("code-deploy"), {
      "iam:PassedToService": "codedeploy.amazonaws.com",
    }),
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
