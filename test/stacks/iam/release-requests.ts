import { probeAccountParameter } from "../../../scripts/release/pre-traffic/contract.ts";
import { parameters } from "../../../service/contract.ts";
import type { EnvironmentNames } from "./environment-names.ts";
import { type DeniedRequest, deniedBy, type NamedRequest, request, ungranted } from "./requests.ts";
import { removeBoundaries } from "./role-changes.ts";

const bounded = deniedBy(removeBoundaries);

const toGroup = (names: EnvironmentNames) =>
  names.arn("codedeploy", `deploymentgroup:${names.prefix}/${names.prefix}-auth`);

const toAlerts = (names: EnvironmentNames) => names.arn("sns", `${names.prefix}-alerts-tickets`);

const throughSns = ({ environment: { region } }: EnvironmentNames) => ({
  "kms:ViaService": `sns.${region}.amazonaws.com`,
});

/** What the pre-traffic hook needs. */
export const preTrafficRequests = (names: EnvironmentNames): NamedRequest[] => [
  request("see what is deployed", "codedeploy:GetDeployment", toGroup(names)),
  request(
    "see which version is deployed",
    "codedeploy:GetApplicationRevision",
    names.arn("codedeploy", `application:${names.prefix}`),
  ),
  request("report its result", "codedeploy:PutLifecycleEventHookExecutionStatus", "*"),
  request("call a version", "lambda:InvokeFunction", `${names.function("auth")}:7`),
  request("call the live version", "lambda:InvokeFunction", `${names.function("api")}:live`),
  ...smokeTestRequests(names),
];

/** What the scheduled smoke test needs. */
export const smokeTestRequests = (names: EnvironmentNames): NamedRequest[] => [
  request("read the account that it logs in with", "ssm:GetParameters", names.parameter(probeAccountParameter)),
  request("decrypt it through SSM", "kms:Decrypt", names.key("data-key"), {
    "kms:ViaService": `ssm.${names.environment.region}.amazonaws.com`,
  }),
];

/** What it may not do, in addition to what no function may: it only sends requests, as an app does. */
export const deniedToSmokeTest = (names: EnvironmentNames): DeniedRequest[] => [
  ungranted("read the pepper of refresh tokens", "ssm:GetParameters", names.parameter(parameters.refreshTokenPepper)),
  ungranted("call a function that serves requests", "lambda:InvokeFunction", names.function("auth")),
  ungranted("see what is deployed", "codedeploy:GetDeployment", toGroup(names)),
];

/** What the pre-traffic hook may not do, in addition to what no function may. */
export const deniedToPreTraffic = (names: EnvironmentNames): DeniedRequest[] => [
  ungranted("read the pepper of refresh tokens", "ssm:GetParameters", names.parameter(parameters.refreshTokenPepper)),
  ungranted("call the function that dumps the database", "lambda:InvokeFunction", names.function("dump")),
  ungranted("update an alias", "lambda:UpdateAlias", names.function("auth")),
  bounded("create a deployment", "codedeploy:CreateDeployment", toGroup(names)),
];

/**
 * What CodeDeploy needs. `lambda:GetProvisionedConcurrencyConfig` is missing: the simulator cannot distinguish an alias from a
 * version.
 */
export const codeDeployRequests = (names: EnvironmentNames): NamedRequest[] => [
  request("read the alias", "lambda:GetAlias", names.function("auth")),
  request("update the alias", "lambda:UpdateAlias", names.function("auth")),
  request("call the pre-traffic hook", "lambda:InvokeFunction", names.function("pre-traffic")),
  request("read alarms", "cloudwatch:DescribeAlarms", names.arn("cloudwatch", "alarm:*")),
  request("notify the recipients of alerts", "sns:Publish", toAlerts(names)),
  request("encrypt the message", "kms:GenerateDataKey", names.key("alerts_key"), throughSns(names)),
];

/** What CodeDeploy may not do. */
export const deniedToCodeDeploy = (names: EnvironmentNames): DeniedRequest[] => [
  ungranted("call a function that serves requests", "lambda:InvokeFunction", names.function("auth")),
  bounded("change a function's code", "lambda:UpdateFunctionCode", names.function("auth")),
  bounded("publish to another topic", "sns:Publish", names.arn("sns", `${names.prefix}-others`)),
  bounded("subscribe to alerts", "sns:Subscribe", toAlerts(names)),
  ungranted("update an alias of another function", "lambda:UpdateAlias", names.function("dump")),
  bounded(
    "disable an alarm",
    "cloudwatch:DisableAlarmActions",
    names.arn("cloudwatch", `alarm:${names.prefix}-auth-errors`),
  ),
];
