import { CodedeployApp } from "@cdktf/provider-aws/lib/codedeploy-app/index.js";
import { CodedeployDeploymentGroup } from "@cdktf/provider-aws/lib/codedeploy-deployment-group/index.js";
import type { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { deploymentApplication } from "../../names.ts";
import type { PolicyStatement } from "../identity/policy-document.ts";
import { addServiceRole } from "../identity/service-role.ts";
import { type Alarm, withRunbook } from "../observability/alarm.ts";
import { type AlertTopic, allowPublishing } from "../observability/alert-topic.ts";
import type { ServiceFunction } from "./service-function.ts";

/** A function whose alias CodeDeploy shifts, and the alarms that roll a deployment back. */
export interface ReleasedFunction {
  readonly function: ServiceFunction;
  /** At most ten. */
  readonly alarms: readonly Alarm[];
}

export interface CodeDeployProps {
  readonly functions: readonly ReleasedFunction[];
  /** Called before a version gets its first request. */
  readonly preTrafficHook: LambdaFunction;
  /** Notified when a deployment fails, is stopped or is rolled back. It has `roles`. */
  readonly alertTopic: AlertTopic;
}

/**
 * Shifts the functions' aliases to new versions, each in a deployment group of the function's name. CodeDeploy rolls a deployment
 * back to the previous version if it fails, if an operator stops it, or if an alarm fires. It notifies the recipients of alerts
 * then, because the command that started the deployment may be gone. One deployment runs at a time.
 *
 * Costs nothing for Lambda.
 *
 * @example
 * new CodeDeploy(this, "code-deploy", {
 *   functions: [{ function: auth, alarms }], preTrafficHook: preTraffic.lambda, alertTopic: foundation.alertTopic,
 * });
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
    const { role, policy } = addServiceRole(this, {
      name: stack.resourceName("code-deploy"),
      trust: { sid: "CodeDeploy", principals: { Service: "codedeploy.amazonaws.com" } },
      policyName: "deployments",
      permissions: createPermissions(stack, props),
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
          // Without a view of the alarms a deployment must not continue.
          ignorePollAlarmFailure: false,
        },
        // Triggers also work for Lambda: AWS SAM has them for functions, and AWS's managed policy for the role publishes to SNS.
        // https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-deploymentpreference.html
        triggerConfiguration: [
          {
            // No limit is documented for names of triggers; other names of CodeDeploy have at most 100 characters.
            // https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html
            triggerName: withRunbook("A release failed.", "release"),
            triggerEvents: ["DeploymentFailure", "DeploymentStop", "DeploymentRollback"],
            triggerTargetArn: props.alertTopic.arns.ticket,
          },
        ],
        // CodeDeploy tests the role when the group is created.
        dependsOn: [policy],
      });
    }
  }
}

/**
 * The permissions of AWS's managed policy for Lambda deployments, limited to our functions:
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCodeDeployRoleForLambdaLimited.html
 */
function createPermissions({ region, accountId }: EcobeatStack, props: CodeDeployProps): PolicyStatement[] {
  const { functions, preTrafficHook, alertTopic } = props;
  return [
    {
      sid: "UpdateAliases",
      actions: ["lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig", "lambda:UpdateAlias"],
      // IAM checks some actions on the function, others on the alias.
      resources: functions.flatMap(({ function: { name, alias } }) => {
        const arn = `arn:aws:lambda:${region}:${accountId}:function:${name}`;
        return [arn, `${arn}:${alias.name}`];
      }),
    },
    { sid: "InvokeHook", actions: ["lambda:InvokeFunction"], resources: [preTrafficHook.arn] },
    {
      sid: "ReadAlarms",
      actions: ["cloudwatch:DescribeAlarms"],
      // CloudWatch checks this action on all alarms.
      resources: [`arn:aws:cloudwatch:${region}:${accountId}:alarm:*`],
    },
    ...allowPublishing(alertTopic),
  ];
}
