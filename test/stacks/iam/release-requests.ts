import { probeAccountParameter } from "../../../scripts/release/pre-traffic/contract.ts";
import { parameters } from "../../../service/contract.ts";
import type { EnvironmentNames } from "./environment-names.ts";
import { type DeniedRequest, denied, type NamedRequest, request } from "./requests.ts";
import { removeBoundaries } from "./role-changes.ts";

const toGroup = (names: EnvironmentNames) =>
  names.arn("codedeploy", `deploymentgroup:${names.prefix}/${names.prefix}-auth`);

/** What the pre-traffic hook needs. */
export const preTrafficRequests = (names: EnvironmentNames): NamedRequest[] => [
  request("see what is deployed", "codedeploy:GetDeployment", toGroup(names)),
  request("report its result", "codedeploy:PutLifecycleEventHookExecutionStatus", "*"),
  request("call a version", "lambda:InvokeFunction", `${names.function("auth")}:7`),
  request("call the live version", "lambda:InvokeFunction", `${names.function("api")}:live`),
  request(
    "read the account that it logs in with",
    "ssm:GetParameters",
    names.parameter(probeAccountParameter),
  ),
  request("decrypt it through SSM", "kms:Decrypt", names.key("data-key"), {
    "kms:ViaService": `ssm.${names.environment.region}.amazonaws.com`,
  }),
];

/** What the pre-traffic hook may not do, in addition to what no function may. */
export const deniedToPreTraffic = (names: EnvironmentNames): DeniedRequest[] => [
  denied(
    request(
      "read the pepper of refresh tokens",
      "ssm:GetParameters",
      names.parameter(parameters.refreshTokenPepper),
    ),
  ),
  denied(
    request("call the function that dumps the database", "lambda:InvokeFunction", names.function("dump")),
  ),
  denied(request("update an alias", "lambda:UpdateAlias", names.function("auth"))),
  denied(request("create a deployment", "codedeploy:CreateDeployment", toGroup(names)), removeBoundaries),
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
];

/** What CodeDeploy may not do. */
export const deniedToCodeDeploy = (names: EnvironmentNames): DeniedRequest[] => [
  denied(request("call a function that serves requests", "lambda:InvokeFunction", names.function("auth"))),
  denied(
    request("change a function's code", "lambda:UpdateFunctionCode", names.function("auth")),
    removeBoundaries,
  ),
  denied(request("update an alias of another function", "lambda:UpdateAlias", names.function("dump"))),
  denied(
    request(
      "disable an alarm",
      "cloudwatch:DisableAlarmActions",
      names.arn("cloudwatch", `alarm:${names.prefix}-auth-errors`),
    ),
    removeBoundaries,
  ),
];
