import { actionableAlarms, alarms, guardedTopics, heardTopics } from "./rules/alarms.ts";
import { changeStatement } from "./rules/policies.ts";
import { first } from "./rules/resources.ts";
import { prove } from "./rules/rule.ts";

const alarm = "aws_cloudwatch_metric_alarm";

describe("alarms of the stacks", () => {
  prove(actionableAlarms, {
    "an alarm that tells nobody": (stacks) => {
      first(stacks, alarm).alarm_actions = [];
    },
    "an alarm that does not say that it is over": (stacks) => {
      delete first(stacks, alarm).ok_actions;
    },
    "an alarm that is off": (stacks) => {
      first(stacks, alarm).actions_enabled = false;
    },
    "an alarm that tells something else": (stacks) => {
      first(stacks, alarm).alarm_actions = ["arn:aws:sns:eu-west-1:111122223333:another"];
    },
    "an alarm that tells a topic of another region": (stacks) => {
      const [edge] = alarms(stacks, "edge-certificate");
      delete edge!.attributes.provider;
    },
    "an alarm without a description": (stacks) => {
      delete first(stacks, alarm).alarm_description;
    },
    "an alarm without a runbook": (stacks) => {
      first(stacks, alarm).alarm_description = "Something is wrong.";
    },
    "a runbook that there is not": (stacks) => {
      first(stacks, alarm).alarm_description += ".bak";
    },
  });

  prove(heardTopics, {
    "a topic without subscriptions": (stacks) => {
      delete stacks["ecobeat-staging-foundation"]!.resource.aws_sns_topic_subscription;
    },
    "a webhook in the clear": (stacks) => {
      for (const subscription of Object.values(
        stacks["ecobeat-staging-foundation"]!.resource.aws_sns_topic_subscription!,
      )) {
        subscription.protocol = subscription.protocol.replace("https", "http");
      }
    },
    "a receiver that is not in the table": (stacks) => {
      first(stacks, "aws_sns_topic_subscription").endpoint = "me@example.com";
    },
  });

  prove(guardedTopics, {
    "alarms of any account": (stacks) =>
      changeStatement(stacks, "sns:Publish", (statement) => ({ ...statement, Condition: {} })),
    "another service": (stacks) =>
      changeStatement(stacks, "sns:Publish", (statement) => ({
        ...statement,
        Principal: { Service: "s3.amazonaws.com" },
      })),
    "a publisher that may not use the key": (stacks) => {
      const key = first(stacks, "aws_sns_topic").kms_master_key_id;
      const [, id] = /\.(.+)\.arn/.exec(key)!;
      const attributes = stacks["ecobeat-staging-foundation"]!.resource.aws_kms_key![id!]!;
      attributes.policy = attributes.policy.replace("cloudwatch.amazonaws.com", "s3.amazonaws.com");
    },
    "publishing in the clear": (stacks) => {
      const policy = first(stacks, "aws_sns_topic_policy");
      policy.policy = policy.policy.replace('"aws:SecureTransport":"false"', "");
    },
  });
});
