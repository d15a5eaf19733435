import type { Stacks } from "../support/synthesize.ts";
import { guardedReleases, preTrafficOutsideVpc } from "./rules/releases.ts";
import { first, resources } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";

const group = (stacks: Stacks) => first(stacks, "aws_codedeploy_deployment_group");
const preTraffic = (stacks: Stacks) =>
  resources(stacks, "aws_lambda_function").find(({ id }) => id.startsWith("pre-traffic"))!.attributes;

describe("releases of the stacks", () => {
  testRule(guardedReleases, {
    "a function that nothing deploys": (stacks) => {
      group(stacks).deployment_group_name = "another";
    },
    "requests that are moved otherwise": (stacks) => {
      group(stacks).deployment_config_name = "CodeDeployDefault.LambdaLinear10PercentEvery10Minutes";
    },
    "a group that replaces in place": (stacks) => {
      group(stacks).deployment_style.deployment_type = "IN_PLACE";
    },
    "an application for servers": (stacks) => {
      first(stacks, "aws_codedeploy_app").compute_platform = "Server";
    },
    "a bad release that stays": (stacks) => {
      group(stacks).auto_rollback_configuration.enabled = false;
    },
    "a release that rings and stays": (stacks) => {
      group(stacks).auto_rollback_configuration.events.splice(1, 1);
    },
    "a release that nobody watches": (stacks) => {
      group(stacks).alarm_configuration.enabled = false;
    },
    "a release that goes on without seeing its alarms": (stacks) => {
      group(stacks).alarm_configuration.ignore_poll_alarm_failure = true;
    },
    "an alarm that is left out": (stacks) => {
      group(stacks).alarm_configuration.alarms.pop();
    },
    "alarms that are not there": (stacks) => {
      group(stacks).alarm_configuration.alarms[0] = "ecobeat-staging-api-errors";
    },
    "alarms of another function": (stacks) => {
      const [api, auth] = Object.values(
        stacks["ecobeat-staging-service"]!.resource.aws_codedeploy_deployment_group!,
      );
      api!.alarm_configuration.alarms = auth!.alarm_configuration.alarms;
    },
  });

  testRule(preTrafficOutsideVpc, {
    "a check in the VPC": (stacks) => {
      preTraffic(stacks).vpc_config = { subnet_ids: [], security_group_ids: [] };
    },
    "one check for two deployments": (stacks) => {
      preTraffic(stacks).reserved_concurrent_executions = 1;
    },
  });
});
