import { CodedeployApp } from "@cdktf/provider-aws/lib/codedeploy-app/index.js";
import { CodedeployDeploymentGroup } from "@cdktf/provider-aws/lib/codedeploy-deployment-group/index.js";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import type { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { deploymentApplication } from "../../names.ts";
import { policyDocument } from "../identity/policy-document.ts";
import type { Alarm } from "../observability/alarm.ts";
import type { ServiceFunction } from "./service-function.ts";

/** A function whose alias is moved, and what stops that. */
export interface ReleasedFunction {
  readonly function: ServiceFunction;
  /** Ten at most. */
  readonly alarms: readonly Alarm[];
}

export interface CodeDeployProps {
  readonly functions: readonly ReleasedFunction[];
  /** Called before a version gets its first request. */
  readonly preTrafficHook: LambdaFunction;
}

/**
 * Moves the functions' aliases to new versions, each in a deployment group of the function's name. A deployment that fails, that
 * somebody stops or during which an alarm rings is undone: all requests go to the version before. One deployment at a time.
 *
 * ```ts
 * new CodeDeploy(this, "code-deploy", {
 *   functions: [{ function: auth, alarms }], hook: preTraffic.lambda,
 * });
 * ```
 *
 * Costs nothing for Lambda.
 */
export class CodeDeploy extends Construct {
  constructor(scope: Construct, id: string, props: CodeDeployProps) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    const { environment } = stack;
    const application = new CodedeployApp(this, "application", {
      name: deploymentApplication(environment.name),
      computePlatform: "Lambda",
    });
    const role = new IamRole(this, "role", {
      name: stack.resourceName("code-deploy"),
      assumeRolePolicy: policyDocument({
        sid: "CodeDeploy",
        principals: { Service: "codedeploy.amazonaws.com" },
        actions: ["sts:AssumeRole"],
      }),
    });
    const policy = new IamRolePolicy(this, "policy", {
      name: "deployments",
      role: role.name,
      policy: policyDocument(...statements(stack, props)),
    });
    for (const { function: target, alarms } of props.functions) {
      new CodedeployDeploymentGroup(this, target.node.id, {
        appName: application.name,
        deploymentGroupName: target.name,
        serviceRoleArn: role.arn,
        deploymentConfigName: environment.functions.deploymentConfiguration,
        deploymentStyle: { deploymentType: "BLUE_GREEN", deploymentOption: "WITH_TRAFFIC_CONTROL" },
        autoRollbackConfiguration: {
          enabled: true,
          events: ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
        },
        alarmConfiguration: {
          enabled: true,
          alarms: alarms.map(({ alarmName }) => alarmName),
          // Whoever does not see the alarms must not go on.
          ignorePollAlarmFailure: false,
        },
        // CodeDeploy tries the role when the group is made.
        dependsOn: [policy],
      });
    }
  }
}

/**
 * What CodeDeploy does for Lambda, after AWS's own policy for that, on our functions alone:
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCodeDeployRoleForLambdaLimited.html
 */
function statements({ region, accountId }: EcobeatStack, { functions, preTrafficHook }: CodeDeployProps) {
  return [
    {
      sid: "MoveAliases",
      actions: ["lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig", "lambda:UpdateAlias"],
      // Some are checked on the function, others on its alias.
      resources: functions.flatMap(({ function: { name, alias } }) => {
        const arn = `arn:aws:lambda:${region}:${accountId}:function:${name}`;
        return [arn, `${arn}:${alias.name}`];
      }),
    },
    { sid: "CallHook", actions: ["lambda:InvokeFunction"], resources: [preTrafficHook.arn] },
    {
      sid: "SeeAlarms",
      actions: ["cloudwatch:DescribeAlarms"],
      // CloudWatch checks it on all alarms, whichever are asked for.
      resources: [`arn:aws:cloudwatch:${region}:${accountId}:alarm:*`],
    },
  ];
}
