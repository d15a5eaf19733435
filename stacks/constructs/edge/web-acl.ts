import type { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { Wafv2WebAcl } from "@cdktf/provider-aws/lib/wafv2-web-acl/index.js";
import { Wafv2WebAclLoggingConfiguration } from "@cdktf/provider-aws/lib/wafv2-web-acl-logging-configuration/index.js";
import { Construct } from "constructs";
import { Alarm } from "../observability/alarm.ts";
import type { AlertTopic } from "../observability/alert-topic.ts";
import { addLogDeliveryPolicy, LogGroup } from "../observability/log-group.ts";
import type { Metric } from "../observability/metric.ts";
import { SavedQuery } from "../observability/saved-queries.ts";
import { originVerifyHeaderName } from "./origin-secret.ts";
import type { WebAclRule } from "./web-acl-rule.ts";
import { type BlockResponse, blockResponseBodies } from "./web-acl-rule.ts";

/** A web ACL, which may be in another stack. */
export interface WebAclRef {
  readonly name: string;
  /** What it protects: an API in its region, or a distribution, which requires its web ACL in us-east-1. */
  readonly scope: "REGIONAL" | "CLOUDFRONT";
}

export interface WebAclProps extends WebAclRef {
  /** In the order of their priority; the first that blocks decides. */
  readonly rules: readonly WebAclRule[];
  /** Notified when it blocks many requests. The web ACL is in the topic's region. */
  readonly alertTopic: AlertTopic;
}

/**
 * Requests that all rules of a web ACL together allow and block.
 * https://docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html
 *
 * @param region of the web ACL
 */
export function getWebAclMetrics(acl: WebAclRef, region: string) {
  const metric = (name: string): Metric => ({
    namespace: "AWS/WAFV2",
    name,
    dimensions: { WebACL: acl.name, Rule: "ALL", ...(acl.scope === "REGIONAL" && { Region: region }) },
    statistic: "Sum",
  });
  return { allowed: metric("AllowedRequests"), blocked: metric("BlockedRequests") };
}

/** Blocked requests in five minutes below which the alarm does not fire, because a single scanner sends as many. */
const minBlocked = 100;

/** Headers with secrets, which the log must not contain. */
const secretHeaders = ["authorization", "cookie", "x-api-key", originVerifyHeaderName];

/**
 * A web ACL that allows all requests that no rule blocks, and logs those that a rule blocks or counts. The log contains IP
 * addresses, because nothing else identifies an attacker, and no secrets. An alarm fires when it blocks a large share of all
 * requests.
 *
 * Costs about $11 a month idle. That is with `createPublicRules`. Billed by the month, by rule and by request.
 *
 * @example
 * new WebAcl(this, "web-acl", {
 *   name: this.resourceName("api"), scope: "REGIONAL", rules: createPublicRules(environment.api), alertTopic,
 * });
 */
export class WebAcl extends Construct {
  readonly resource: Wafv2WebAcl;
  readonly #props: WebAclProps;

  constructor(scope: Construct, id: string, props: WebAclProps) {
    super(scope, id);
    this.#props = props;
    const { provider } = props.alertTopic;
    const regional = provider && { provider };
    this.resource = new Wafv2WebAcl(this, "acl", {
      ...regional,
      name: props.name,
      scope: props.scope,
      defaultAction: { allow: {} },
      visibilityConfig: visibility(props.name),
      dataProtectionConfig: {
        // WAF logs what a rule matched, such as parts of a password, even in redacted fields.
        // https://docs.aws.amazon.com/waf/latest/developerguide/data-protection-exceptions.html
        dataProtection: [
          { fieldType: "BODY" },
          { fieldType: "SINGLE_HEADER", fieldKeys: secretHeaders },
          // Of the links of mails. The rest of a query shows what an attacker tried.
          { fieldType: "SINGLE_QUERY_ARGUMENT", fieldKeys: ["token"] },
        ].map((field) => ({ field, action: "SUBSTITUTION", excludeRuleMatchDetails: false })),
      },
      ...(props.rules.some(({ blockResponse }) => blockResponse) && { customResponseBody: blockResponseBodies }),
      rule: props.rules.map(({ name, blockResponse, statement }, priority) => ({
        name,
        priority,
        ...(blockResponse ? { action: { block: blocking(blockResponse) } } : { overrideAction: { none: {} } }),
        statement,
        visibilityConfig: visibility(name),
      })),
    });
    this.#addLog(regional);
    this.#addAlarm();
  }

  /**
   * Fires when WAF blocks a large share of all requests. WAF blocks scanners every day: a fixed number would fire for them, and so
   * would anomaly detection, because the usual number is close to zero. A large share of many requests is either a large
   * attack, or WAF blocks our users.
   */
  #addAlarm(): void {
    const { name, alertTopic } = this.#props;
    new Alarm(this, "alarm", {
      name: `${name}-waf`,
      summary:
        "WAF blocks more than 20 % of all requests: either there is an attack, or it blocks our users by mistake.",
      // The service levels do not count requests that WAF blocks.
      priority: "page",
      runbook: "waf",
      metric: {
        expression: `IF(blocked >= ${minBlocked}, 100 * blocked / (FILL(allowed, 0) + blocked), 0)`,
        metrics: getWebAclMetrics(this.#props, alertTopic.region),
      },
      threshold: 20,
      periodSeconds: 300,
      // Most scanners finish within five minutes.
      evaluationPeriods: 2,
      topic: alertTopic,
    });
  }

  #addLog(regional: { provider: AwsProvider } | undefined): void {
    const props = this.#props;
    const log = new LogGroup(this, "log", {
      // AWS WAF requires this prefix.
      name: `aws-waf-logs-${props.name}`,
      unmasked: "ip-addresses",
    });
    const delivery = addLogDeliveryPolicy(this, "log-delivery", log);
    new Wafv2WebAclLoggingConfiguration(this, "logging", {
      ...regional,
      resourceArn: this.resource.arn,
      logDestinationConfigs: [log.arn],
      redactedFields: secretHeaders.map((name) => ({ singleHeader: { name } })),
      loggingFilter: {
        defaultBehavior: "DROP",
        filter: [
          {
            behavior: "KEEP",
            requirement: "MEETS_ANY",
            condition: ["BLOCK", "COUNT", "EXCLUDED_AS_COUNT"].map((action) => ({ actionCondition: { action } })),
          },
        ],
      },
      dependsOn: [delivery],
    });
    new SavedQuery(this, "query", {
      name: "requests blocked by WAF",
      logs: [log],
      commands: [
        'filter action = "BLOCK"',
        "stats count(*) as requests by terminatingRuleId, httpRequest.clientIp, httpRequest.country",
        "sort requests desc",
        "limit 50",
      ],
    });
  }
}

const blocking = ({ status, bodyKey, headers }: BlockResponse) => ({
  customResponse: {
    responseCode: status,
    customResponseBodyKey: bodyKey,
    responseHeader: headers.map((header) => ({ ...header })),
  },
});

const visibility = (metricName: string) => ({
  metricName,
  cloudwatchMetricsEnabled: true,
  // Samples would contain the headers of requests, such as access tokens.
  sampledRequestsEnabled: false,
});
