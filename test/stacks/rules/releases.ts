import { deploymentApplication } from "../../../stacks/names.ts";
import type { Stacks } from "../../support/synthesize.ts";
import { isPreTraffic } from "./async-invocations.ts";
import { failing, getEnvironment, type Resource, referenced } from "./resources.ts";
import type { Rule } from "./rule.ts";

/** What ends a deployment badly, each followed by the way back. */
const rollbackEvents = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"];

/** What the names of the alarms end in, of which each group has one. */
const watched = ["-errors", "-duration", "-memory", "-rest-api-failures", "-rest-api-latency"];

function findDeploymentGroup({ stack }: Resource, functionName: string) {
  const groups = Object.values(stack.resource.aws_codedeploy_deployment_group ?? {});
  return groups.find(({ deployment_group_name }) => deployment_group_name === functionName);
}

const alarmNames = (stacks: Stacks, { stack }: Resource, references: readonly string[] = []): string[] =>
  references.map((each) => referenced(stacks, stack, each)?.attributes.alarm_name ?? "");

export const guardedReleases: Rule = {
  name: "each function with an alias has a deployment group of its name, which moves requests as the table says, stops when an alarm of that function or of the API rings or cannot be seen, and goes back by itself",
  check: (stacks) =>
    failing(stacks, ["aws_lambda_alias"], "is released unguarded", (alias) => {
      const target = referenced(stacks, alias.stack, alias.attributes.function_name);
      const name: string = target?.attributes.function_name;
      const group = findDeploymentGroup(alias, name);
      if (!group) return false;
      const application = referenced(stacks, alias.stack, group.app_name)?.attributes;
      const alarms = alarmNames(stacks, alias, group.alarm_configuration?.alarms);
      const { name: environment, functions } = getEnvironment(alias.stack);
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
        watched.every((end) => alarms.some((alarm) => alarm.endsWith(end))) &&
        alarms.every((alarm) => alarm.startsWith(name) || alarm.includes("-rest-api-"))
      );
    }),
};

export const preTrafficOutsideVpc: Rule = {
  name: "what tries new versions is outside of the VPC, and one of it is there for each deployment that there may be",
  check: (stacks) =>
    failing(stacks, ["aws_lambda_function"], "is near our data, or makes releases wait", (resource) => {
      const { attributes, stack } = resource;
      if (!isPreTraffic(attributes)) return true;
      const groups = Object.keys(stack.resource.aws_codedeploy_deployment_group ?? {});
      return (
        attributes.vpc_config === undefined && attributes.reserved_concurrent_executions === groups.length
      );
    }),
};
