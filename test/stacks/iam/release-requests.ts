import { probeAccountParameter } from "../../../scripts/release/pre-traffic/contract.ts";
import { parameterPath, parameters } from "../../../service/contract.ts";
import {
  type DeniedRequest,
  type FunctionRequests,
  type NamedRequest,
  removeBoundaries,
} from "./function-requests.ts";

/** What the function that tries new versions needs. */
export function preTrafficRequests(requests: FunctionRequests): NamedRequest[] {
  const { name, region } = requests.environment;
  const group = requests.arn("codedeploy", `deploymentgroup:ecobeat-${name}/ecobeat-${name}-auth`);
  return [
    { name: "see what is to be deployed", action: "codedeploy:GetDeployment", resource: group },
    {
      name: "say whether to go on",
      action: "codedeploy:PutLifecycleEventHookExecutionStatus",
      resource: "*",
    },
    {
      name: "call a version",
      action: "lambda:InvokeFunction",
      resource: requests.arn("lambda", `function:ecobeat-${name}-auth:7`),
    },
    {
      name: "call what is live",
      action: "lambda:InvokeFunction",
      resource: requests.arn("lambda", `function:ecobeat-${name}-api:live`),
    },
    {
      name: "read the account that it logs in with",
      action: "ssm:GetParameters",
      resource: requests.parameter(parameterPath(name, probeAccountParameter)),
    },
    {
      name: "have SSM decrypt it",
      action: "kms:Decrypt",
      resource: requests.key("data-key"),
      context: { "kms:ViaService": `ssm.${region}.amazonaws.com` },
    },
  ];
}

/** What it may not do, beyond what no function may. */
export function deniedToPreTraffic(requests: FunctionRequests): DeniedRequest[] {
  const { name } = requests.environment;
  return [
    {
      name: "read the pepper of refresh tokens",
      action: "ssm:GetParameters",
      resource: requests.parameter(parameterPath(name, parameters.refreshTokenPepper)),
    },
    {
      name: "call the function that dumps the database",
      action: "lambda:InvokeFunction",
      resource: requests.arn("lambda", `function:ecobeat-${name}-dump`),
    },
    {
      name: "move an alias",
      action: "lambda:UpdateAlias",
      resource: requests.arn("lambda", `function:ecobeat-${name}-auth`),
    },
    {
      name: "begin a deployment",
      action: "codedeploy:CreateDeployment",
      resource: requests.arn("codedeploy", `deploymentgroup:ecobeat-${name}/ecobeat-${name}-auth`),
      guards: [removeBoundaries],
    },
  ];
}

/**
 * What CodeDeploy needs. `lambda:GetProvisionedConcurrencyConfig` is not asked about: the simulator cannot tell an alias from a
 * version.
 */
export function codeDeployRequests(requests: FunctionRequests): NamedRequest[] {
  const { name } = requests.environment;
  const auth = requests.arn("lambda", `function:ecobeat-${name}-auth`);
  return [
    { name: "see the alias", action: "lambda:GetAlias", resource: auth },
    { name: "move the alias", action: "lambda:UpdateAlias", resource: auth },
    {
      name: "have a version tried",
      action: "lambda:InvokeFunction",
      resource: requests.arn("lambda", `function:ecobeat-${name}-pre-traffic`),
    },
    {
      name: "look at alarms",
      action: "cloudwatch:DescribeAlarms",
      resource: requests.arn("cloudwatch", "alarm:*"),
    },
  ];
}

/** What it may not do. */
export function deniedToCodeDeploy(requests: FunctionRequests): DeniedRequest[] {
  const { name } = requests.environment;
  return [
    {
      name: "call a function that serves requests",
      action: "lambda:InvokeFunction",
      resource: requests.arn("lambda", `function:ecobeat-${name}-auth`),
    },
    {
      name: "change a function's code",
      action: "lambda:UpdateFunctionCode",
      resource: requests.arn("lambda", `function:ecobeat-${name}-auth`),
      guards: [removeBoundaries],
    },
    {
      name: "move an alias of another function",
      action: "lambda:UpdateAlias",
      resource: requests.arn("lambda", `function:ecobeat-${name}-dump`),
    },
    {
      name: "quieten an alarm",
      action: "cloudwatch:DisableAlarmActions",
      resource: requests.arn("cloudwatch", `alarm:ecobeat-${name}-auth-errors`),
      guards: [removeBoundaries],
    },
  ];
}
