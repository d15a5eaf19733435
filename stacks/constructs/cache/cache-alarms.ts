import { Construct } from "constructs";
import { alarmShare } from "../../../scripts/capacity/contract.ts";
import { getCacheNode } from "../../cache-nodes.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { defaultConcurrencyQuota } from "../../service-values.ts";
import { Alarm, type AlarmProps } from "../observability/alarm.ts";
import type { AlertTopic } from "../observability/alert-topic.ts";
import type { MetricMath } from "../observability/metric.ts";
import type { Cache } from "./cache.ts";

export interface CacheAlarmsProps {
  readonly cache: Cache;
  readonly topic: AlertTopic;
}

const percent = alarmShare * 100;

/**
 * Alarms on a cache that stores sessions: an eviction logs a user out. Each alarm covers all nodes, because any of them may be the
 * primary. Names of the metrics:
 * https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html
 *
 * Costs about $1.6 a month idle.
 *
 * @example new CacheAlarms(this, "cache-alarms", { cache, topic: this.alertTopic });
 */
export class CacheAlarms extends Construct {
  readonly #props: CacheAlarmsProps;

  constructor(scope: Construct, id: string, props: CacheAlarmsProps) {
    super(scope, id);
    this.#props = props;
    const { creditsPerHour } = getCacheNode(props.cache.nodeType);
    // One connection for each concurrent execution.
    const { concurrencyQuota: maxConnections = defaultConcurrencyQuota } = EcobeatStack.of(this).environment.functions;
    this.#add("memory", {
      summary: `A Redis node uses more than ${percent} % of its memory. At 100 % Redis evicts sessions.`,
      metric: this.#combine("MAX", "DatabaseMemoryUsagePercentage", "Maximum"),
      threshold: percent,
      evaluationPeriods: 3,
    });
    this.#add("evictions", {
      summary: "Redis evicts sessions because its memory is full. The users are logged out.",
      // They get 401, which no service level counts.
      priority: "page",
      metric: this.#combine("SUM", "Evictions", "Sum"),
      threshold: 0,
    });
    this.#add("cpu", {
      summary: "The CPU of a Redis node is at its limit. Commands wait in a queue.",
      metric: this.#combine("MAX", props.cache.cpuMetric.name, "Average"),
      threshold: props.cache.cpuMetric.thresholdPercent,
      evaluationPeriods: 3,
    });
    if (creditsPerHour !== undefined) this.#addCredits(creditsPerHour);
    this.#add("connections", {
      summary: `Redis has more than ${maxConnections} connections, more than all functions need. Some are not closed.`,
      metric: this.#combine("MAX", "CurrConnections", "Maximum"),
      threshold: maxConnections,
      evaluationPeriods: 3,
    });
    this.#add("auth-failures", {
      summary: "Redis rejects the IAM authentication of clients.",
      metric: this.#combine("SUM", "AuthenticationFailures", "Sum"),
      threshold: 0,
      // A token that expires in transit is one failure, and its client retries.
      evaluationPeriods: 2,
    });
    this.#add("iam-auth-throttled", {
      summary: "Redis throttles IAM authentication. Too many clients connect at the same time.",
      metric: this.#combine("SUM", "IamAuthenticationThrottling", "Sum"),
      threshold: 0,
      // Functions that start at the same time authenticate a little later.
      evaluationPeriods: 2,
    });
    if (props.cache.nodes > 1) this.#addFailover();
  }

  #addCredits(creditsPerHour: number): void {
    // Those of half an hour. A new node starts with none.
    const threshold = creditsPerHour / 2;
    this.#add("cpu-credits", {
      summary: `A Redis node has fewer than ${threshold} CPU credits. Without credits it is slower, or costs more.`,
      metric: this.#combine("MIN", "CPUCreditBalance", "Minimum"),
      comparison: "LessThanThreshold",
      threshold,
      evaluationPeriods: 12,
    });
  }

  /**
   * ElastiCache notifies SNS topics of failovers, but not encrypted ones:
   * https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ElastiCacheSNS.html
   * Each node reports every minute whether it is the primary: 1, or 0. An average in between means a change.
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

  #combine(operation: "MAX" | "MIN" | "SUM", name: string, statistic: string): MetricMath {
    const metrics = this.#props.cache.getNodeMetrics(name, statistic);
    return { expression: `${operation}(METRICS())`, metrics };
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
