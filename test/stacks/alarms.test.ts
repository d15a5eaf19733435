import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { differences, none } from "../support/differences.ts";
import type { Attributes, Stacks } from "../support/synthesize.ts";
import {
  actionableAlarms,
  alarms,
  changeAlarm,
  getPriority,
  guardedTopics,
  measuredAlarms,
  notifyingAlarms,
  quietRecoveries,
  subscribedTopics,
  watchedFunctions,
  watchedResources,
  watchedService,
} from "./rules/alarms.ts";
import { changeStatement, inKeyPolicies } from "./rules/policies.ts";
import { type Change, changeFirst, removeAll, replaceInAll, resources } from "./rules/resources.ts";
import { allStacks, testRule } from "./rules/rule.ts";

const type = "aws_cloudwatch_metric_alarm";

const firstAlarm = (change: Change) => changeFirst(type, change);

/** Changes the dimensions of one of its metrics. */
const changeDimensions = (suffix: string, query: number, dimensions: Attributes) =>
  changeAlarm(suffix, { [`metric_query.${query}.metric.dimensions`]: dimensions });

const remove = (suffix: string) => (stacks: Stacks) => {
  for (const { stack, id } of alarms(stacks, suffix)) delete stack.resource[type]![id];
};

/** Removals of several alarms with one prefix. */
const removals = (prefix: string, ...kinds: readonly string[]) =>
  Object.fromEntries(kinds.map((kind) => [`no ${kind}`, remove(`${prefix}-${kind}`)]));

describe("alarms of the stacks", () => {
  testRule(actionableAlarms, {
    "an alarm without a topic": firstAlarm({ alarm_actions: [] }),
    "an alarm that does not notify when it is OK": firstAlarm({ ok_actions: undefined }),
    "a composite alarm without a topic": changeFirst("aws_cloudwatch_composite_alarm", { alarm_actions: [] }),
    "a part that notifies too": changeAlarm("slo-errors-fast-5m", { alarm_actions: ["arn:topic"] }),
    "an alarm that is disabled": firstAlarm({ actions_enabled: false }),
    "an alarm with a topic outside the stacks": firstAlarm({
      alarm_actions: ["arn:aws:sns:eu-west-1:111122223333:another"],
    }),
    "an alarm with a topic of another region": changeAlarm("edge-certificate", { provider: undefined }),
    "an alarm without a description": firstAlarm({ alarm_description: undefined }),
    "an alarm without a runbook": firstAlarm({ alarm_description: "Something is wrong." }),
    "a path in place of a link": firstAlarm((alarm) => {
      alarm.alarm_description = alarm.alarm_description.replace(/https:\S+(?=runbooks)/, "");
    }),
    "a runbook that does not exist": firstAlarm((alarm) => {
      alarm.alarm_description += ".bak";
    }),
  });

  testRule(measuredAlarms, {
    "a function without its alias": changeAlarm("auth-errors", {
      dimensions: { FunctionName: "ecobeat-staging-auth" },
    }),
    "a function of another environment": changeAlarm("staging-auth-errors", {
      dimensions: { FunctionName: "ecobeat-production-auth", Resource: "ecobeat-production-auth:live" },
    }),
    "a metric of another name": changeAlarm("auth-errors", { metric_name: "Error" }),
    "an API by its id": changeDimensions("rest-api-failures", 1, { ApiId: "x", Stage: "live" }),
    "a node that does not exist": changeDimensions("staging-redis-memory", 1, {
      CacheClusterId: "ecobeat-staging-002",
    }),
    "a cache by its replication group": changeDimensions("staging-redis-memory", 1, {
      CacheClusterId: "ecobeat-staging",
    }),
    "an event of mails that no destination publishes": changeFirst("aws_sesv2_configuration_set_event_destination", {
      "event_destination.matching_event_types": ["BOUNCE"],
    }),
    "an event of mails of another environment": changeAlarm("staging-mails-rejected", {
      dimensions: { "ses:configuration-set": "ecobeat-production" },
    }),
    "a regional web ACL without its region": changeDimensions("api-waf", 2, {
      WebACL: "ecobeat-staging-api",
      Rule: "ALL",
    }),
    "a global web ACL with a region": changeDimensions("edge-waf", 2, {
      WebACL: "ecobeat-production-edge",
      Rule: "ALL",
      Region: "us-east-1",
    }),
    "another certificate": changeAlarm("edge-certificate", { dimensions: { CertificateArn: "arn:x" } }),
    "a custom metric without a filter": changeAlarm("auth-memory", { metric_name: "Memory" }),
    "missing metric filters": removeAll("staging-service", "aws_cloudwatch_log_metric_filter"),
  });

  testRule(watchedFunctions, {
    "6 errors": changeAlarm("auth-errors", { threshold: 6 }),
    "errors in 3 periods": changeAlarm("auth-errors", { evaluation_periods: 3 }),
    "errors in 1 of 2 periods": changeAlarm("auth-errors", { datapoints_to_alarm: 1 }),
    "the maximum instead of the average": changeAlarm("api-duration", { statistic: "Maximum" }),
    "11 s": changeAlarm("api-duration", { threshold: 11_000 }),
    "90 % of the memory": changeAlarm("auth-memory", { threshold: 512 * 0.9 }),
    ...removals("staging-auth", "throttles"),
    ...removals("production-auth", "redis"),
    ...removals("production-api", "database"),
  });

  testRule(watchedService, {
    ...removals("staging", "login-failures", "signing", "password-resets"),
    ...removals("production", "token-reuse", "database-wait"),
  });

  testRule(quietRecoveries, {
    "an alarm on late repeats": changeAlarm("token-reuse", { "dimensions.event": "refresh_token_repeated_late" }),
    "an alarm on recovered rotations": changeAlarm("login-failures", {
      "metric_query.1.metric.dimensions.event": "refresh_rotation_recovered",
    }),
  });

  testRule(watchedResources, {
    ...removals("staging", "rest-api-failures"),
    ...removals("production", "rest-api-latency"),
    "a single failed request of the API at night": changeAlarm("rest-api-failures", {
      "metric_query.0.expression": "100 * failures / requests",
    }),
    ...removals(
      "staging-redis",
      "memory",
      "evictions",
      "cpu",
      "cpu-credits",
      "connections",
      "auth-failures",
      "iam-auth-throttled",
    ),
    "credits of another size": changeAlarm("production-redis-cpu-credits", { threshold: 6 }),
    "the CPU of one vCPU on a node with two": changeAlarm("staging-redis-cpu", { threshold: 90 }),
    "replicas without failover": remove("production-redis-failover"),
    "a replica without an alarm": changeAlarm("production-redis-memory", ({ metric_query }) => metric_query.pop()),
    ...removals("staging", "mails-bounced", "mails-complained", "mails-rejected"),
    ...removals("staging", "support-errors", "support-disclosures"),
    "deletions of hundreds of accounts": changeAlarm("support-deletions", { threshold: 1_000 }),
    ...removals("production", "mails-not-queued", "mails-delayed", "mails-expired"),
    "a page for a single mail that fails again and again": changeAlarm("mails-delayed", { evaluation_periods: 3 }),
    "mails that wait for longer than a link is valid": changeAlarm("mails-delayed", { threshold: 900 }),
    "a rate of bounces that is fine while SES publishes none": changeAlarm("mails-bounced", {
      treat_missing_data: "notBreaching",
    }),
    "bounces at the level of a review": changeAlarm("mails-bounced", { threshold: 0.05 }),
    "complaints in percent": changeAlarm("mails-complained", { threshold: 0.05 }),
    "a regional web ACL": remove("production-api-waf"),
    "a web ACL at the edge": remove("edge-waf"),
    "a number instead of a share": changeAlarm("staging-api-waf", ({ metric_query }) => metric_query.pop()),
    "a distribution without an alarm": (stacks) => {
      for (const window of ["fast-1h", "slow-6h"]) remove(`edge-slo-errors-${window}`)(stacks);
    },
    "a single failed request of CloudFront at night": (stacks) => {
      for (const window of ["fast-1h", "slow-6h"]) {
        changeAlarm(`edge-slo-errors-${window}`, { "metric_query.0.expression": "rate" })(stacks);
      }
    },
    "a certificate of an API": remove("staging-certificate"),
    "a certificate at the edge": remove("edge-certificate"),
    "an alarm a week before": changeAlarm("staging-certificate", { threshold: 7 }),
    "an alarm on a valid certificate": changeAlarm("staging-certificate", {
      comparison_operator: "GreaterThanThreshold",
    }),
  });

  testRule(subscribedTopics, {
    "a topic without subscriptions": removeAll("staging-foundation", "aws_sns_topic_subscription"),
    "a webhook over http": replaceInAll("aws_sns_topic_subscription", "protocol", "https", "http"),
    "a recipient that is not in the environment": changeFirst("aws_sns_topic_subscription", {
      endpoint: "me@example.com",
    }),
    "tickets to the webhook": (stacks) => {
      const [tickets] = resources(stacks, "aws_sns_topic").filter(({ attributes }) =>
        attributes.name.endsWith("-tickets"),
      );
      const topic_arn = `\${aws_sns_topic.${tickets!.id}.arn}`;
      const endpoint = "https://alerts.ecobeat.app/production";
      Object.assign(tickets!.stack.resource.aws_sns_topic_subscription!, {
        more: { topic_arn, protocol: "https", endpoint },
      });
    },
  });

  testRule(guardedTopics, {
    "alarms of any account": changeStatement("sns:Publish", { Condition: {} }),
    "roles that use the key without SNS": inKeyPolicies("sns.eu-west-1.amazonaws.com", "sqs.eu-west-1.amazonaws.com"),
    "another service": changeStatement("sns:Publish", { Principal: { Service: "s3.amazonaws.com" } }),
    "a publisher that may not use the key": inKeyPolicies("cloudwatch.amazonaws.com", "s3.amazonaws.com"),
    "publishing without TLS": replaceInAll("aws_sns_topic_policy", "policy", "aws:SecureTransport", "aws:Other"),
  });

  it("are those of docs/observability.md, with their priorities and runbooks", () => {
    const markdown = readFileSync(join(import.meta.dirname, "..", "..", "docs", "observability.md"), "utf8");
    const row = /^\| (`-.*`) \| .* \| (page|ticket) \| `([\w-]+)` \|$/gm;
    const documented = [...markdown.matchAll(row)].flatMap(([, names, priority, runbook]) =>
      [...names!.matchAll(/`(-[\w-]+)`/g)].map(([, name]) => `${name}: ${priority}, ${runbook}`),
    );
    const stacks = allStacks();
    const existing = notifyingAlarms(stacks).map((alarm) => {
      const { alarm_name, alarm_description } = alarm.attributes;
      const [, runbook] = /runbooks\/([\w-]+)\.md$/.exec(alarm_description)!;
      return `${alarm_name.replace(/^ecobeat-[a-z0-9]+/, "")}: ${getPriority(stacks, alarm)}, ${runbook}`;
    });
    expect(differences(existing, documented)).to.deep.equal(none);
  });
});
