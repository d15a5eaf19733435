import { Construct } from "constructs";
import { Alarm, type AlarmProps } from "../observability/alarm.ts";
import type { AlertTopic } from "../observability/alert-topic.ts";
import type { Cache } from "./cache.ts";

export interface CacheAlarmsProps {
  readonly cache: Cache;
  readonly topic: AlertTopic;
}

/** One connection for each function that may run at once: an account has 1,000 of them unless AWS grants more. */
const mostConnections = 1_000;

/**
 * Alarms on a cache that keeps sessions: what is lost when it is full logs people out. Each looks at all nodes, as any of
 * them may be the primary. Names of the metrics:
 * https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html
 *
 * ```ts
 * new CacheAlarms(this, "cache-alarms", {
 *   cache, topic: this.alertTopic,
 * });
 * ```
 *
 * Costs about $2 a month idle.
 */
export class CacheAlarms extends Construct {
  readonly #props: CacheAlarmsProps;

  constructor(scope: Construct, id: string, props: CacheAlarmsProps) {
    super(scope, id);
    this.#props = props;
    const { cache } = props;
    this.#add("memory", {
      summary: "A Redis node uses more than 80 % of its memory. At 100 % Redis evicts sessions.",
      metric: {
        expression: "MAX(METRICS())",
        metrics: cache.getNodeMetrics("DatabaseMemoryUsagePercentage", "Maximum"),
      },
      threshold: 80,
      evaluationPeriods: 3,
    });
    this.#add("evictions", {
      summary: "Redis evicts sessions because its memory is full. The users are logged out.",
      metric: { expression: "SUM(METRICS())", metrics: cache.getNodeMetrics("Evictions", "Sum") },
      threshold: 0,
    });
    this.#add("cpu", {
      summary: "The CPU of a Redis node is at its limit. Commands wait in a queue.",
      metric: { expression: "MAX(METRICS())", metrics: cache.getNodeMetrics("CPUUtilization", "Average") },
      // Redis works with one processor, and small nodes have two: AWS advises 90 % of one, and of such nodes to look at this
      // metric: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.WhichShouldIMonitor.html
      threshold: 45,
      evaluationPeriods: 3,
    });
    this.#add("cpu-credits", {
      summary: "A Redis node has fewer than 6 CPU credits. Without credits it is slower, or costs more.",
      metric: { expression: "MIN(METRICS())", metrics: cache.getNodeMetrics("CPUCreditBalance", "Minimum") },
      comparison: "LessThanThreshold",
      // A credit is a minute of one processor, and the smallest node earns 12 in an hour. A new node begins with none.
      threshold: 6,
      evaluationPeriods: 12,
    });
    this.#add("connections", {
      summary: `Redis has more than ${mostConnections} connections, more than all functions need. Some are not closed.`,
      metric: { expression: "MAX(METRICS())", metrics: cache.getNodeMetrics("CurrConnections", "Maximum") },
      threshold: mostConnections,
      evaluationPeriods: 3,
    });
    this.#add("auth-failures", {
      summary: "Redis rejects the IAM authentication of clients.",
      metric: {
        expression: "SUM(METRICS())",
        metrics: cache.getNodeMetrics("AuthenticationFailures", "Sum"),
      },
      threshold: 0,
      // A token that ends on its way is one failure, and its client tries again.
      evaluationPeriods: 2,
    });
    this.#add("iam-auth-throttled", {
      summary: "Redis throttles IAM authentication. Too many clients connect at the same time.",
      metric: {
        expression: "SUM(METRICS())",
        metrics: cache.getNodeMetrics("IamAuthenticationThrottling", "Sum"),
      },
      threshold: 0,
      // Many functions that start together authenticate a little later.
      evaluationPeriods: 2,
    });
    if (cache.nodes > 1) this.#addFailover();
  }

  /**
   * ElastiCache would tell by an SNS topic, but not by an encrypted one:
   * https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ElastiCacheSNS.html
   * Each node says once a minute whether it is the primary: 1, or 0. Where the average of a period is neither, that changed.
   */
  #addFailover(): void {
    const metrics = this.#props.cache.getNodeMetrics("IsMaster", "Average");
    const changes = Object.keys(metrics).map((node) => `FILL(${node} * (1 - ${node}), 0)`);
    this.#add("failover", {
      summary: "Another Redis node has become the primary.",
      metric: { expression: changes.join(" + "), metrics },
      threshold: 0,
    });
  }

  #add(kind: string, props: Omit<AlarmProps, "name" | "runbook" | "periodSeconds" | "topic">): void {
    new Alarm(this, kind, {
      name: `${this.#props.cache.name}-redis-${kind}`,
      runbook: "redis",
      periodSeconds: 300,
      topic: this.#props.topic,
      ...props,
    });
  }
}
