import { deploymentApplication } from "../../../stacks/names.ts";
import { isPreTraffic } from "./async-invocations.ts";
import { getEnvironment, referenced } from "./resources.ts";
import { resourceRule } from "./rule.ts";

const rollbackEvents = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"];

/** Suffixes of the alarms of each deployment group. */
const deploymentAlarms = ["-errors", "-duration", "-memory", "-rest-api-failures", "-rest-api-latency"];

export const guardedReleases = resourceRule(
  "each function with an alias has a deployment group of its name, which shifts traffic as the environment says, and rolls back when an alarm of that function or of the API fires or cannot be read",
  "aws_lambda_alias",
  ({ stack, attributes }, stacks) => {
    const name: string = referenced(stacks, stack, attributes.function_name)?.attributes.function_name;
    const groups = Object.values(stack.resource.aws_codedeploy_deployment_group ?? {});
    const group = groups.find(({ deployment_group_name }) => deployment_group_name === name);
    if (!group) return false;
    const application = referenced(stacks, stack, group.app_name)?.attributes;
    const references: readonly string[] = group.alarm_configuration?.alarms ?? [];
    const alarms = references.map(
      (each): string => referenced(stacks, stack, each)?.attributes.alarm_name ?? "",
    );
    const { name: environment, functions } = getEnvironment(stack);
    return (
      application?.name === deploymentApplication(environment) &&
      application.compute_platform === "Lambda" &&
      group.deployment_config_name === functions.deploymentConfiguration &&
      group.deployment_style?.deployment_type === "BLUE_GREEN" &&
      group.deployment_style.deployment_option === "WITH_TRAFFIC_CONTROL" &&
      group.auto_rollback_configuration?.enabled === true &&
      rollbackEvents.every((event) => group.auto_rollback_configuration.events.includes(event)) &&
      group.alarm_configuration?.enabled === true &&
      group.alarm_configuration.ignore_poll_alarm_failure === false &&
      deploymentAlarms.every((suffix) => alarms.some((alarm) => alarm.endsWith(suffix))) &&
      alarms.every((alarm) => alarm.startsWith(name) || alarm.includes("-rest-api-"))
    );
  },
);

export const preTrafficOutsideVpc = resourceRule(
  "the pre-traffic check is outside the VPC, with reserved concurrency for each deployment group",
  "aws_lambda_function",
  ({ attributes, stack }) =>
    !isPreTraffic(attributes) ||
    (attributes.vpc_config === undefined &&
      attributes.reserved_concurrent_executions ===
        Object.keys(stack.resource.aws_codedeploy_deployment_group ?? {}).length),
);
