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

/** To create, list and destroy a preview. */
export function previewRequests(names: EnvironmentNames): NamedRequest[] {
  const { region } = names.environment;
  const toApi = (path: string) => `arn:aws:apigateway:${region}::/${path}`;
  const isNew = { "aws:RequestTag/environment": "preview" };
  const isOwn = { "aws:ResourceTag/environment": "preview" };
  const auth = names.arn("lambda", "function:ecobeat-pr-7-auth");
  const role = names.iam(`role/ecobeat-pr-7-auth-${region}`);
  const bounded = { "iam:PermissionsBoundary": names.iam(`policy/deploy/${names.prefix}-preview-boundary-${region}`) };
  return [
    request("create a REST API of a preview", "apigateway:POST", toApi("restapis"), isNew),
    request("create an API key of a preview", "apigateway:POST", toApi("apikeys"), isNew),
    request("create a usage plan of a preview", "apigateway:POST", toApi("usageplans"), isNew),
    request("read a REST API", "apigateway:GET", toApi("restapis/a")),
    request("change a method of a preview", "apigateway:PUT", toApi("restapis/a/resources/b/methods/ANY"), isOwn),
    request("delete the REST API of a preview", "apigateway:DELETE", toApi("restapis/a"), isOwn),
    request("delete the API key of a preview", "apigateway:DELETE", toApi("apikeys/a"), isOwn),
    request("extend the expiry of a REST API", "apigateway:PUT", toApi("tags/a"), { "aws:TagKeys": ["expires"] }),
    request("create a function of a preview", "lambda:CreateFunction", auth),
    request("read a function of a preview", "lambda:GetFunction", auth),
    request("stop a function of a preview", "lambda:PutFunctionConcurrency", auth),
    request(
      "invoke migrate of a preview",
      "lambda:InvokeFunction",
      names.arn("lambda", "function:ecobeat-pr-7-migrate"),
    ),
    request("create a role of a preview", "iam:CreateRole", role, bounded),
    request("pass a role of a preview", "iam:PassRole", role, { "iam:PassedToService": "lambda.amazonaws.com" }),
    request(
      "delete a log of a preview",
      "logs:DeleteLogGroup",
      names.arn("logs", "log-group:/aws/lambda/ecobeat-pr-7-api"),
    ),
  ];
}

/** What a job that creates previews may not do. */
export function deniedToPreviews(names: EnvironmentNames): DeniedRequest[] {
  const { region } = names.environment;
  const toApi = (path: string) => `arn:aws:apigateway:${region}::/${path}`;
  const ofHost = { "aws:ResourceTag/environment": names.environment.name };
  const role = names.iam(`role/ecobeat-pr-7-auth-${region}`);
  return [
    request("create a REST API of the environment", "apigateway:POST", toApi("restapis"), {
      "aws:RequestTag/environment": names.environment.name,
    }),
    request(
      "change a method of the environment",
      "apigateway:PUT",
      toApi("restapis/a/resources/b/methods/ANY"),
      ofHost,
    ),
    request("delete the app's API key", "apigateway:DELETE", toApi("apikeys/a"), ofHost),
    // Names of condition keys have no case: `aws:ResourceTag/environment` can also be the tag `Environment`.
    ...["environment", "Environment"].map((tag) =>
      request(`take over a REST API by its tag ${tag}`, "apigateway:PUT", toApi("tags/a"), {
        "aws:TagKeys": [tag, "expires"],
      }),
    ),
    request("replace code of the environment", "lambda:UpdateFunctionCode", names.function("auth")),
    request("create indexes of the environment", "lambda:InvokeFunction", names.function("migrate")),
    request(
      "invoke a function of a preview that signs",
      "lambda:InvokeFunction",
      names.arn("lambda", "function:ecobeat-pr-7-auth"),
    ),
    request("create a role without a boundary", "iam:CreateRole", role),
    request("create a role with the boundary of the environment", "iam:CreateRole", role, {
      "iam:PermissionsBoundary": names.boundary,
    }),
    request("pass a role of the environment", "iam:PassRole", names.role("auth"), {
      "iam:PassedToService": "lambda.amazonaws.com",
    }),
    request(
      "read the pepper of previews",
      "ssm:GetParameter",
      names.arn("ssm", "parameter/ecobeat/preview/refresh-token-pepper"),
    ),
    request(
      "delete a log of the environment",
      "logs:DeleteLogGroup",
      names.arn("logs", `log-group:/aws/lambda/${names.prefix}-api`),
    ),
  ].map((each) => denied(each));
}

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
