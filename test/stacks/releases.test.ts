import type { Stacks } from "../support/synthesize.ts";
import { guardedReleases, preTrafficOutsideVpc } from "./rules/releases.ts";
import { applyChange, type Change, changeFirst, resources } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";

const group = (change: Change) => changeFirst("aws_codedeploy_deployment_group", change);
const preTraffic = (change: Change) => (stacks: Stacks) =>
  applyChange(
    resources(stacks, "aws_lambda_function").find(({ id }) => id.startsWith("pre-traffic"))!.attributes,
    change,
  );

describe("releases of the stacks", () => {
  testRule(guardedReleases, {
    "a function without a deployment group": group({ deployment_group_name: "another" }),
    "another deployment configuration": group({
      deployment_config_name: "CodeDeployDefault.LambdaLinear10PercentEvery10Minutes",
    }),
    "an in-place deployment": group({ "deployment_style.deployment_type": "IN_PLACE" }),
    "an application for servers": changeFirst("aws_codedeploy_app", { compute_platform: "Server" }),
    "no rollback": group({ "auto_rollback_configuration.enabled": false }),
    "no rollback on an alarm": group(({ auto_rollback_configuration }) =>
      auto_rollback_configuration.events.splice(1, 1),
    ),
    "a release without alarms": group({ "alarm_configuration.enabled": false }),
    "a release that continues if its alarms cannot be read": group({
      "alarm_configuration.ignore_poll_alarm_failure": true,
    }),
    "a missing alarm": group(({ alarm_configuration }) => alarm_configuration.alarms.pop()),
    "an alarm that does not exist": group({ "alarm_configuration.alarms.0": "ecobeat-staging-api-errors" }),
    "alarms of another function": (stacks) => {
      const [api, auth] = resources(stacks, "aws_codedeploy_deployment_group");
      api!.attributes.alarm_configuration.alarms = auth!.attributes.alarm_configuration.alarms;
    },
  });

  testRule(preTrafficOutsideVpc, {
    "a check in the VPC": preTraffic({ vpc_config: { subnet_ids: [], security_group_ids: [] } }),
    "one check for two deployments": preTraffic({ reserved_concurrent_executions: 1 }),
  });
});
