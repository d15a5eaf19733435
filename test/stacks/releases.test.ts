import { toRunbookUrl } from "../../stacks/environments/shared.ts";
import { deploymentApplication } from "../../stacks/names.ts";
import type { Attributes, Stacks } from "../support/synthesize.ts";
import { isPreTraffic } from "./rules/async-invocations.ts";
import { getRegion } from "./rules/metrics.ts";
import { changeStatement, getRoleStatements } from "./rules/policies.ts";
import {
  applyChange,
  type Change,
  changeFirst,
  getStackEnvironment,
  type Resource,
  referenced,
  resources,
} from "./rules/resources.ts";
import { resourceRule, testRule } from "./rules/rule.ts";

const rollbackEvents = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"];

/** Suffixes of the alarms of each deployment group. */
const deploymentAlarms = ["-errors", "-duration", "-memory", "-rest-api-failures", "-rest-api-latency"];

const guardedReleases = resourceRule(
  "each function with an alias has a deployment group of its name, which shifts traffic as the environment says, and rolls back when an alarm of that function or of the API fires or cannot be read",
  "aws_lambda_alias",
  ({ stack, attributes }, stacks) => {
    const name: string = referenced(stacks, stack, attributes.function_name)?.attributes.function_name;
    const groups = Object.values(stack.resource.aws_codedeploy_deployment_group ?? {});
    const group = groups.find(({ deployment_group_name }) => deployment_group_name === name);
    if (!group) return false;
    const application = referenced(stacks, stack, group.app_name)?.attributes;
    const references: readonly string[] = group.alarm_configuration?.alarms ?? [];
    const alarms = references.map((each): string => referenced(stacks, stack, each)?.attributes.alarm_name ?? "");
    const { name: environment, functions } = getStackEnvironment(stack);
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

/** CodeDeploy's own events for what a person should see. A release that succeeds causes none of them. */
const notifiedEvents = ["DeploymentFailure", "DeploymentRollback", "DeploymentStop"];

const notifiedReleases = resourceRule(
  "each deployment group notifies the topic of its region of failures, stops and rollbacks alone, links to the runbook in at most 100 characters, and its role may publish there",
  "aws_codedeploy_deployment_group",
  ({ stack, attributes }, stacks) => {
    const triggers: readonly Attributes[] = attributes.trigger_configuration ?? [];
    const topic = referenced(stacks, stack, triggers[0]?.trigger_target_arn);
    const granted = getRoleStatements(stacks, referenced(stacks, stack, attributes.service_role_arn));
    const isGranted = (action: string, resource: Resource | undefined) =>
      granted.some(
        ({ Action = [], Resource = [] }) =>
          Action.includes(action) &&
          [Resource].flat().some((each) => referenced(stacks, stack, each)?.id === resource?.id),
      );
    const key = topic && referenced(stacks, topic.stack, topic.attributes.kms_master_key_id);
    return (
      triggers.length === 1 &&
      topic?.type === "aws_sns_topic" &&
      getRegion(topic) === getRegion({ stack, attributes }) &&
      [...(triggers[0]!.trigger_events as string[])].sort().join() === notifiedEvents.join() &&
      triggers[0]!.trigger_name.endsWith(` Runbook: ${toRunbookUrl("release")}`) &&
      triggers[0]!.trigger_name.length <= 100 &&
      isGranted("sns:Publish", topic) &&
      ["kms:Decrypt", "kms:GenerateDataKey"].every((action) => isGranted(action, key))
    );
  },
);

const preTrafficOutsideVpc = resourceRule(
  "the pre-traffic check is outside the VPC, with reserved concurrency for each deployment group",
  "aws_lambda_function",
  ({ attributes, stack }) =>
    !isPreTraffic(attributes) ||
    (attributes.vpc_config === undefined &&
      attributes.reserved_concurrent_executions ===
        Object.keys(stack.resource.aws_codedeploy_deployment_group ?? {}).length),
);

/** Ends of the names of the functions whose archive releases replace. */
const archiveFromReleases = /-(migrate|pre-traffic)$/;

const codeOfReleases = resourceRule(
  "Terraform leaves the code of migrate and pre-traffic alone, which releases replace, and deploys that of all other functions",
  "aws_lambda_function",
  ({ attributes }) => {
    const ignored: readonly string[] = attributes.lifecycle?.ignore_changes ?? [];
    const expected = archiveFromReleases.test(attributes.function_name)
      ? ["filename", "source_code_hash", "architectures"]
      : [];
    return JSON.stringify(ignored) === JSON.stringify(expected);
  },
);

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

  testRule(codeOfReleases, {
    "a hook with the code of Terraform": preTraffic({ lifecycle: undefined }),
    "a hook whose file Terraform compares": preTraffic({ "lifecycle.ignore_changes": ["source_code_hash"] }),
    "a hook whose file Terraform uploads for another architecture": preTraffic({
      "lifecycle.ignore_changes": ["filename", "source_code_hash"],
    }),
    "indexes with the code of Terraform": (stacks) => {
      const functions = resources(stacks, "aws_lambda_function");
      delete functions.find(({ id }) => id.startsWith("migration"))!.attributes.lifecycle;
    },
    "another function with old code": (stacks) => {
      const functions = resources(stacks, "aws_lambda_function");
      const ignored = { ignore_changes: ["filename", "source_code_hash", "architectures"] };
      functions.find(({ id }) => id.startsWith("dump"))!.attributes.lifecycle = ignored;
    },
  });

  testRule(notifiedReleases, {
    "a group without a trigger": group({ trigger_configuration: undefined }),
    "no message about a rollback": group({ "trigger_configuration.0.trigger_events": ["DeploymentFailure"] }),
    "a message about each release": group(({ trigger_configuration }) =>
      trigger_configuration[0].trigger_events.push("DeploymentSuccess"),
    ),
    "a message without a runbook": group({ "trigger_configuration.0.trigger_name": "releases" }),
    "a message that is too long": group({
      "trigger_configuration.0.trigger_name": `A release failed, stopped or rolled back. Runbook: ${toRunbookUrl("release")}`,
    }),
    "a topic of another account": group({
      "trigger_configuration.0.trigger_target_arn": "arn:aws:sns:eu-west-1:999999999999:alerts",
    }),
    "a role that may not publish": changeStatement("sns:Publish", { Action: ["sns:Subscribe"] }, "code-deploy"),
    "a role that may not use the topic's key": changeStatement(
      "kms:GenerateDataKey",
      { Action: ["kms:Decrypt"] },
      "code-deploy",
    ),
  });

  testRule(preTrafficOutsideVpc, {
    "a check in the VPC": preTraffic({ vpc_config: { subnet_ids: [], security_group_ids: [] } }),
    "one check for two deployments": preTraffic({ reserved_concurrent_executions: 1 }),
  });
});
