import type { Attributes, Stacks } from "../support/synthesize.ts";
import { actionableAlarms, alarms, guardedTopics, measuredAlarms, subscribedTopics } from "./rules/alarms.ts";
import { changeStatement } from "./rules/policies.ts";
import { first } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";
import {
  watchedApis,
  watchedCaches,
  watchedCertificates,
  watchedDistributions,
  watchedFunctions,
  watchedService,
  watchedWebAcls,
} from "./rules/watched.ts";

const alarm = "aws_cloudwatch_metric_alarm";

const change = (suffix: string, values: Attributes) => (stacks: Stacks) => {
  Object.assign(alarms(stacks, suffix)[0]!.attributes, values);
};

/** Changes the metric of that name in the first alarm whose name ends so. */
const changeMetric = (suffix: string, name: string, values: Attributes) => (stacks: Stacks) => {
  const queries: Attributes[] = alarms(stacks, suffix)[0]!.attributes.metric_query;
  Object.assign(queries.find(({ metric }) => metric?.metric_name === name)!.metric, values);
};

const remove = (suffix: string) => (stacks: Stacks) => {
  for (const { stack, id } of alarms(stacks, suffix)) delete stack.resource[alarm]![id];
};

describe("alarms of the stacks", () => {
  testRule(actionableAlarms, {
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

  testRule(measuredAlarms, {
    "a function without its alias": change("auth-errors", {
      dimensions: { FunctionName: "ecobeat-staging-auth" },
    }),
    "a function of another environment": change("staging-auth-errors", {
      dimensions: { FunctionName: "ecobeat-production-auth", Resource: "ecobeat-production-auth:live" },
    }),
    "a metric of another name": change("auth-errors", { metric_name: "Error" }),
    "an API by its id": changeMetric("rest-api-failures", "5XXError", {
      dimensions: { ApiId: "x", Stage: "live" },
    }),
    "a node that there is not": changeMetric("staging-redis-memory", "DatabaseMemoryUsagePercentage", {
      dimensions: { CacheClusterId: "ecobeat-staging-002" },
    }),
    "a cache by the name of its group": changeMetric(
      "staging-redis-memory",
      "DatabaseMemoryUsagePercentage",
      {
        dimensions: { CacheClusterId: "ecobeat-staging" },
      },
    ),
    "a regional web ACL without its region": changeMetric("api-waf", "BlockedRequests", {
      dimensions: { WebACL: "ecobeat-staging-api", Rule: "ALL" },
    }),
    "a global web ACL with a region": changeMetric("edge-waf", "BlockedRequests", {
      dimensions: { WebACL: "ecobeat-production-edge", Rule: "ALL", Region: "us-east-1" },
    }),
    "a certificate of someone else": change("edge-certificate", { dimensions: { CertificateArn: "arn:x" } }),
    "a metric of ours that no log makes": change("auth-memory", { metric_name: "Memory" }),
    "a metric of a log that is gone": (stacks) => {
      delete stacks["ecobeat-staging-service"]!.resource.aws_cloudwatch_log_metric_filter;
    },
  });

  testRule(watchedFunctions, {
    "6 errors": change("auth-errors", { threshold: 6 }),
    "errors in 3 periods": change("auth-errors", { evaluation_periods: 3 }),
    "errors in 1 of 2 periods": change("auth-errors", { datapoints_to_alarm: 1 }),
    "the slowest request in place of the average": change("api-duration", { statistic: "Maximum" }),
    "11 s": change("api-duration", { threshold: 11_000 }),
    "90 % of the memory": change("auth-memory", { threshold: 512 * 0.9 }),
    "no throttles": remove("staging-auth-throttles"),
    "no database": remove("production-api-database"),
    "no Redis": remove("production-auth-redis"),
  });

  testRule(watchedService, {
    "no failed logins": remove("staging-login-failures"),
    "no tokens used twice": remove("production-token-reuse"),
    "no signing": remove("staging-signing"),
    "no wait for the database": remove("production-database-wait"),
  });

  testRule(watchedApis, {
    "no 5xx": remove("staging-rest-api-failures"),
    "no slowest hundredth": remove("production-rest-api-latency"),
    "one request at night": (stacks) => {
      const [failures] = alarms(stacks, "rest-api-failures");
      failures!.attributes.metric_query[0].expression = "100 * failures / requests";
    },
  });

  testRule(watchedCaches, {
    ...Object.fromEntries(
      ["memory", "evictions", "cpu", "cpu-credits", "connections", "auth-failures", "iam-auth-throttled"].map(
        (kind) => [`no ${kind}`, remove(`staging-redis-${kind}`)],
      ),
    ),
    "replicas without failover": remove("production-redis-failover"),
    "a replica that nobody watches": (stacks) => {
      const [memory] = alarms(stacks, "production-redis-memory");
      memory!.attributes.metric_query.pop();
    },
  });

  testRule(watchedWebAcls, {
    "a regional web ACL": remove("production-api-waf"),
    "a web ACL at the edge": remove("edge-waf"),
    "a number in place of a share": (stacks) => {
      alarms(stacks, "staging-api-waf")[0]!.attributes.metric_query.pop();
    },
  });

  testRule(watchedDistributions, {
    "a distribution that nobody watches": remove("edge-failures"),
    "one request at night": (stacks) => {
      alarms(stacks, "edge-failures")[0]!.attributes.metric_query[0].expression = "failures";
    },
  });

  testRule(watchedCertificates, {
    "a certificate of an API": remove("staging-certificate"),
    "a certificate at the edge": remove("edge-certificate"),
    "an alarm a week before": change("staging-certificate", { threshold: 7 }),
    "an alarm as long as it is valid": change("staging-certificate", {
      comparison_operator: "GreaterThanThreshold",
    }),
  });

  testRule(subscribedTopics, {
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

  testRule(guardedTopics, {
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
