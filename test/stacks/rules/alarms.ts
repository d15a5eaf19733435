import type { SecurityEvent } from "../../../service/auth/security-events.ts";
import { gitHubRepository } from "../../../service/company.ts";
import { runbooks } from "../../../stacks/constructs/observability/alarm.ts";
import { toRunbookPath } from "../../../stacks/environments/shared.ts";
import type { Attributes, Stacks } from "../../support/synthesize.ts";
import { getAlarmMetrics, getRegion, isMeasured, type NamedMetric } from "./metrics.ts";
import { statements } from "./policies.ts";
import {
  type Break,
  type Change,
  changeWhere,
  getStackEnvironment,
  type Resource,
  referenced,
  referring,
  resources,
} from "./resources.ts";
import { type Rule, resourceRule, rulesByType } from "./rule.ts";

const alarmType = "aws_cloudwatch_metric_alarm";
const compositeType = "aws_cloudwatch_composite_alarm";

/** The alarms whose names end so, in all environments. */
export const alarms = (stacks: Stacks, suffix: string): Resource[] =>
  resources(stacks, alarmType).filter(({ attributes }) => attributes.alarm_name.endsWith(suffix));

/** Whether an alarm is a part of a composite alarm, which notifies in its place. */
export const isPart = ({ stack, type, id }: Resource): boolean =>
  Object.values(stack.resource[compositeType] ?? {}).some(({ alarm_rule }) =>
    alarm_rule.includes(`ALARM(\${${type}.${id}.alarm_name})`),
  );

/** All alarms that notify, in all environments. */
export const notifyingAlarms = (stacks: Stacks): Resource[] =>
  resources(stacks, alarmType, compositeType).filter((alarm) => !isPart(alarm));

/** Whom a topic or an alarm notifies, by the name of the topic. */
export function getPriority(stacks: Stacks, { stack, type, attributes }: Resource): "page" | "ticket" {
  const topic =
    type === "aws_sns_topic" ? attributes : referenced(stacks, stack, attributes.alarm_actions[0])!.attributes;
  return topic.name.endsWith("-tickets") ? "ticket" : "page";
}

/** Changes the first alarm whose name ends so. */
export const changeAlarm = (suffix: string, change: Change): Break =>
  changeWhere(alarmType, ({ attributes }) => attributes.alarm_name.endsWith(suffix), change);

/** Where readers of an alarm find the repository. */
const [, owner, repository] = /^(.+)@\d+\/(.+)@\d+$/.exec(gitHubRepository)!;
const address = `https://github.com/${owner}/${repository}/blob/main`;

export const actionableAlarms = resourceRule(
  "every alarm, or the one that it is a part of, notifies a topic of its own region when it fires and when it is OK, and its description ends with a link to its runbook",
  [alarmType, compositeType],
  (alarm, stacks) => {
    const { alarm_actions, ok_actions, actions_enabled, alarm_description = "" } = alarm.attributes;
    if (!runbooks.some((runbook) => alarm_description.endsWith(` Runbook: ${address}/${toRunbookPath(runbook)}`))) {
      return false;
    }
    if (isPart(alarm)) return alarm_actions === undefined && ok_actions === undefined;
    return (
      actions_enabled !== false &&
      [alarm_actions, ok_actions].every((actions: readonly unknown[] = []) => {
        const topics = actions
          .map((action) => referenced(stacks, alarm.stack, action))
          .filter((topic) => topic?.type === "aws_sns_topic");
        return topics.length === 1 && getRegion(topics[0]!) === getRegion(alarm);
      })
    );
  },
);

export const measuredAlarms: Rule = {
  name: "every alarm evaluates metrics that a resource of its environment publishes, with exactly its dimensions",
  check: (stacks) =>
    resources(stacks, alarmType).flatMap((alarm) =>
      getAlarmMetrics(alarm)
        .filter((metric) => !isMeasured(stacks, metric))
        .map(({ namespace, name }) => `${alarm.address}: ${namespace} ${name}`),
    ),
};

export const subscribedTopics = resourceRule(
  "every topic of pages has all recipients of the environment, by e-mail and over https, and every topic of tickets those by e-mail",
  "aws_sns_topic",
  (topic, stacks) => {
    const { emails, webhookUrl } = getStackEnvironment(topic.stack).alerts;
    const recipients = referring(topic, "aws_sns_topic_subscription", "topic_arn").map(
      ({ protocol, endpoint }) => `${protocol} ${endpoint}`,
    );
    const isPaging = getPriority(stacks, topic) === "page";
    const expected = [
      ...emails.map((email) => `email ${email}`),
      ...(webhookUrl && isPaging ? [`https ${webhookUrl}`] : []),
    ];
    return expected.length > 0 && recipients.sort().join() === expected.sort().join();
  },
);

const publishers = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"];

export const guardedTopics = resourceRule(
  "only alarms, budgets and, through SNS, roles of the account may publish to a topic, over TLS, and may use its key",
  "aws_sns_topic",
  ({ stack, id, attributes }, stacks) => {
    const { accountId, region } = getStackEnvironment(stack);
    const key = referenced(stacks, stack, attributes.kms_master_key_id);
    const own = statements(stacks).filter(
      ({ resource }) =>
        resource.stack === stack &&
        (resource.id === key?.id || resource.attributes.arn === `\${aws_sns_topic.${id}.arn}`),
    );
    const isForRoles = ({ Principal, Condition }: Attributes): boolean =>
      Principal?.AWS === `arn:aws:iam::${accountId}:root` &&
      Condition?.StringEquals?.["kms:ViaService"] === `sns.${region}.amazonaws.com`;
    const allowing = (action: string) =>
      own.filter(
        ({ statement }) => statement.Effect === "Allow" && statement.Action?.includes(action) && !isForRoles(statement),
      );
    const services = (action: string) =>
      allowing(action).map(({ statement }) => statement.Principal?.Service ?? "others");
    return (
      services("sns:Publish").includes("cloudwatch.amazonaws.com") &&
      services("sns:Publish").every((service) => publishers.includes(service)) &&
      ["kms:Decrypt", "kms:GenerateDataKey"].every(
        (action) => services(action).join() === services("sns:Publish").join(),
      ) &&
      [...allowing("sns:Publish"), ...allowing("kms:Decrypt")].every(
        ({ statement }) =>
          statement.Condition?.StringEquals?.["aws:SourceAccount"] === accountId &&
          String(statement.Condition.ArnLike?.["aws:SourceArn"]).includes(`:${accountId}:`),
      ) &&
      own.some(
        ({ statement }) =>
          statement.Effect === "Deny" && statement.Condition?.Bool?.["aws:SecureTransport"] === "false",
      )
    );
  },
);

/** Conditions on the alarm for a metric, by the metric's name. */
type RequiredAlarms = Readonly<Record<string, (alarm: Attributes) => boolean>>;

const anyAlarm = () => true;

/** Whether each metric of a resource has an alarm that meets its condition. */
const areWatched = (stacks: Stacks, isOwn: (metric: NamedMetric) => boolean, required: RequiredAlarms): boolean =>
  Object.entries(required).every(([name, meets]) =>
    resources(stacks, alarmType).some(
      (alarm) =>
        meets(alarm.attributes) && getAlarmMetrics(alarm).some((metric) => metric.name === name && isOwn(metric)),
    ),
  );

/** Whether API Gateway invokes a function. */
const isApiFunction = (stacks: Stacks, { stack, id }: Resource): boolean =>
  resources(stacks, "aws_api_gateway_integration")
    .map((integration) => referenced(stacks, integration.stack, integration.attributes.uri))
    .some((alias) => alias?.stack === stack && referenced(stacks, stack, alias.attributes.function_name)?.id === id);

export const watchedFunctions = resourceRule(
  "every function of the API has alarms on more than 5 errors in 2 periods, 10 s on average, 80 % of its memory, throttles, the database and Redis",
  "aws_lambda_function",
  (lambda, stacks) => {
    const { function_name: name, memory_size } = lambda.attributes;
    return (
      !isApiFunction(stacks, lambda) ||
      areWatched(
        stacks,
        ({ dimensions, namespace }) => dimensions.Resource === `${name}:live` || namespace === `Ecobeat/${name}`,
        {
          Errors: ({ threshold, evaluation_periods, datapoints_to_alarm, statistic }) =>
            threshold === 5 && evaluation_periods === 2 && datapoints_to_alarm === 2 && statistic === "Sum",
          Duration: ({ threshold, statistic }) => threshold === 10_000 && statistic === "Average",
          MemoryUsed: ({ threshold }) => threshold === memory_size * 0.8,
          Throttles: ({ threshold }) => threshold === 0,
          DatabaseFailures: ({ threshold }) => threshold === 0,
          RedisFailures: ({ threshold }) => threshold === 0,
        },
      )
    );
  },
);

export const watchedService: Rule = resourceRule(
  "the stack of every API has alarms on failed logins, requested password resets, reused refresh tokens, signing, and the wait for the database",
  "aws_api_gateway_rest_api",
  ({ stack }, stacks) => {
    const watched = resources(stacks, alarmType)
      .filter((alarm) => alarm.stack === stack)
      .flatMap(getAlarmMetrics)
      .filter(({ namespace }) => namespace === "Ecobeat")
      .map(({ name, dimensions }) => dimensions.event ?? name);
    const needed = ["login_failed", "password_reset_requested", "refresh_token_reused"];
    return [...needed, "SignDuration", "DatabasePoolWait"].every((name) => watched.includes(name));
  },
);

const quietEvents: readonly SecurityEvent[] = ["refresh_token_repeated_late", "refresh_rotation_recovered"];

export const quietRecoveries = resourceRule(
  "no alarm fires when users stay logged in after lost responses, or after rotations that Redis lost",
  alarmType,
  (alarm) => getAlarmMetrics(alarm).every(({ dimensions }) => !quietEvents.some((event) => event === dimensions.event)),
);

/** Whether an alarm needs a minimum of requests. */
const needsRequests = ({ metric_query }: Attributes): boolean =>
  metric_query?.[0].expression.startsWith("IF(requests >= ");

/** Whether an alarm stays as it is in periods without data. */
const keepsState = ({ treat_missing_data }: Attributes): boolean => treat_missing_data === "ignore";

export const watchedResources = rulesByType(
  "every stage, cache, web ACL, distribution, sender and queue of mails, function URL and certificate has its alarms; those on shares of requests need a minimum of requests",
  {
    aws_api_gateway_stage: ({ stack, attributes }, stacks) => {
      const api = referenced(stacks, stack, attributes.rest_api_id)!;
      return areWatched(stacks, ({ dimensions }) => dimensions.ApiName === api.attributes.name, {
        "5XXError": needsRequests,
        Latency: needsRequests,
      });
    },
    aws_elasticache_replication_group: (
      { attributes: { replication_group_id: id, num_cache_clusters: nodes, node_type: type } },
      stacks,
    ) => {
      const hasTwoVcpus = /\.(micro|small|medium|large)$/.test(type);
      const isBurstable = /\.t\d/.test(type);
      // An alarm on the last node is one on all nodes.
      return areWatched(stacks, ({ dimensions }) => dimensions.CacheClusterId === `${id}-00${nodes}`, {
        DatabaseMemoryUsagePercentage: anyAlarm,
        Evictions: anyAlarm,
        [hasTwoVcpus ? "CPUUtilization" : "EngineCPUUtilization"]: ({ threshold }) =>
          threshold === (hasTwoVcpus ? 45 : 90),
        ...(isBurstable && { CPUCreditBalance: ({ threshold }) => threshold === (type.endsWith(".micro") ? 6 : 12) }),
        CurrConnections: anyAlarm,
        AuthenticationFailures: anyAlarm,
        IamAuthenticationThrottling: anyAlarm,
        ...(nodes > 1 && { IsMaster: anyAlarm }),
      });
    },
    aws_wafv2_web_acl: ({ attributes: { name } }, stacks) =>
      areWatched(stacks, ({ dimensions }) => dimensions.WebACL === name, {
        // A share of all requests, not a number.
        BlockedRequests: ({ metric_query }) => metric_query?.length === 3,
      }),
    aws_cloudfront_distribution: ({ type, id }, stacks) =>
      areWatched(stacks, ({ dimensions }) => dimensions.DistributionId === `\${${type}.${id}.id}`, {
        "5xxErrorRate": ({ metric_query }) => /^IF\(.+ >= \d+, rate, 0\)$/.test(metric_query?.[0].expression),
      }),
    aws_sesv2_configuration_set: ({ stack, attributes: { configuration_set_name: name } }, stacks) =>
      areWatched(
        stacks,
        (metric) => metric.stack === stack && [undefined, name].includes(metric.dimensions["ses:configuration-set"]),
        {
          // Well below the levels at which SES reviews an account.
          "Reputation.BounceRate": (alarm) => alarm.threshold <= 0.025 && keepsState(alarm),
          "Reputation.ComplaintRate": (alarm) => alarm.threshold <= 0.0005 && keepsState(alarm),
          Reject: ({ threshold }) => threshold === 0,
        },
      ),
    // Support alone has a function URL.
    aws_lambda_function_url: ({ stack }, stacks) =>
      areWatched(stacks, (metric) => metric.stack === stack, {
        Url5xxCount: ({ threshold }) => threshold <= 5,
        SupportDeletions: ({ threshold, period }) => threshold <= 10 && period === 3_600,
        SupportDisclosures: ({ threshold, period }) => threshold <= 30 && period === 3_600,
      }),
    aws_lambda_event_source_mapping: ({ stack, attributes }, stacks) => {
      const queue = referenced(stacks, stack, attributes.event_source_arn)!.attributes;
      return areWatched(
        stacks,
        ({ stack: own, namespace, dimensions }) =>
          own === stack && (namespace === "Ecobeat" || dimensions.QueueName === queue.name),
        {
          MailsNotQueued: ({ threshold, alarm_actions }) => threshold === 0 && alarm_actions?.length === 1,
          // A single mail that fails again and again counts until its fourth attempt.
          ApproximateAgeOfOldestMessage: ({ threshold, period, evaluation_periods }) =>
            threshold + period * (evaluation_periods - 1) >= 3 * queue.visibility_timeout_seconds && threshold <= 300,
          // Mails whose links expire in the queue do not get to the dead-letter queue.
          MailsExpired: ({ threshold }) => threshold === 0,
        },
      );
    },
    aws_acm_certificate: ({ stack, type, id }, stacks) =>
      areWatched(
        stacks,
        (metric) => metric.stack === stack && metric.dimensions.CertificateArn === `\${${type}.${id}.arn}`,
        {
          DaysToExpiry: ({ threshold, comparison_operator }) =>
            threshold >= 14 && comparison_operator === "LessThanThreshold",
        },
      ),
  },
);
