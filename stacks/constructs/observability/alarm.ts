import { CloudwatchCompositeAlarm } from "@cdktf/provider-aws/lib/cloudwatch-composite-alarm/index.js";
import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { toRunbookUrl } from "../../environments/shared.ts";
import { ConstructError } from "../../errors.ts";
import type { AlarmPriority, AlertTopic } from "./alert-topic.ts";
import type { Metric, MetricMath } from "./metric.ts";

/** The runbooks in `runbooks/` that alarms and notifications refer to. */
export const runbooks = [
  "high-errors",
  "high-latency",
  "database",
  "memory",
  "throttling",
  "redis",
  "waf",
  "accounts",
  "support",
  "certificate",
  "backups",
  "failed-events",
  "cost",
  "release",
] as const;

export type Runbook = (typeof runbooks)[number];

/** A text that ends with a link to its runbook, for an engineer who reads nothing else. */
export const withRunbook = (summary: string, runbook: Runbook): string =>
  `${summary} Runbook: ${toRunbookUrl(runbook)}`;

export interface AlarmProps {
  readonly name: string;
  /**
   * Whom it notifies. `none` is for parts of a {@link CompositeAlarm}, which notifies in their place.
   *
   * @default "ticket"
   */
  readonly priority?: AlarmPriority | "none";
  /** The problem and its impact, in one or two sentences, for an engineer who has just woken up. */
  readonly summary: string;
  readonly runbook: Runbook;
  readonly metric: Metric | MetricMath;
  /** @default "GreaterThanThreshold" */
  readonly comparison?: "GreaterThanThreshold" | "GreaterThanOrEqualToThreshold" | "LessThanThreshold";
  readonly threshold: number;
  /** Length of one period in seconds: 10, 20, 30, or a multiple of 60; see {@link Alarm} for the limits. */
  readonly periodSeconds: number;
  /**
   * How many of the latest periods CloudWatch evaluates.
   *
   * @default 1
   */
  readonly evaluationPeriods?: number;
  /**
   * How many of these must be breaching.
   *
   * @default all
   */
  readonly datapointsToAlarm?: number;
  /**
   * How CloudWatch treats a period without data.
   *
   * @default "notBreaching", because without requests nothing fails
   */
  readonly missingData?: "breaching" | "notBreaching" | "ignore" | "missing";
  /** Notified when the alarm fires and when it is OK again. The alarm is in the topic's region. */
  readonly topic: AlertTopic;
}

/**
 * An alarm that notifies the recipients. Its description ends with a link to the runbook.
 *
 * CloudWatch evaluates at most one day, or seven days if a period is an hour or longer:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 *
 * Billed by the month for each metric.
 *
 * @example
 * new Alarm(this, "failures", {
 *   name, summary: "The API fails.", runbook: "high-errors", metric, threshold: 5, periodSeconds: 300, topic,
 * });
 */
export class Alarm extends Construct {
  /** Built from the name, so that other stacks can refer to it. */
  readonly arn: string;
  /** Its name, as a reference to the resource. */
  readonly alarmName: string;
  /** Whether it notifies anyone itself. */
  readonly notifies: boolean;

  constructor(scope: Construct, id: string, props: AlarmProps) {
    super(scope, id);
    checkLimits(props);
    const { metric, periodSeconds, evaluationPeriods = 1, datapointsToAlarm = evaluationPeriods } = props;
    const { priority = "ticket", topic } = props;
    this.notifies = priority !== "none";
    this.arn = toAlarmArn(this, props);
    const { alarmName } = new CloudwatchMetricAlarm(this, "alarm", {
      ...(topic.provider && { provider: topic.provider }),
      alarmName: props.name,
      alarmDescription: withRunbook(props.summary, props.runbook),
      ...("expression" in metric ? toMetricMathConfig(metric, periodSeconds) : toMetricConfig(metric, periodSeconds)),
      comparisonOperator: props.comparison ?? "GreaterThanThreshold",
      threshold: props.threshold,
      evaluationPeriods,
      datapointsToAlarm,
      treatMissingData: props.missingData ?? "notBreaching",
      ...(priority !== "none" && toActions(topic, priority)),
    });
    this.alarmName = alarmName;
  }
}

export interface CompositeAlarmProps extends Pick<AlarmProps, "name" | "summary" | "runbook" | "topic"> {
  readonly priority: AlarmPriority;
  /** It fires while all of these are in ALARM: at most 100, of its own region. */
  readonly allOf: readonly Alarm[];
}

/**
 * An alarm on the states of others, which need not notify anyone themselves.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm.html
 *
 * Billed by the month.
 *
 * @example
 * new CompositeAlarm(this, "fast", { name, summary: "…", runbook: "high-errors", priority: "page", allOf: [long, short], topic });
 */
export class CompositeAlarm extends Construct {
  /** Built from the name, so that other stacks can refer to it. */
  readonly arn: string;

  constructor(scope: Construct, id: string, props: CompositeAlarmProps) {
    super(scope, id);
    const { name, summary, runbook, priority, allOf, topic } = props;
    this.arn = toAlarmArn(this, props);
    new CloudwatchCompositeAlarm(this, "alarm", {
      ...(topic.provider && { provider: topic.provider }),
      alarmName: name,
      alarmDescription: withRunbook(summary, runbook),
      alarmRule: allOf.map(({ alarmName }) => `ALARM(${alarmName})`).join(" AND "),
      ...toActions(topic, priority),
    });
  }
}

const toAlarmArn = (scope: Construct, { name, topic }: Pick<AlarmProps, "name" | "topic">): string =>
  `arn:aws:cloudwatch:${topic.region}:${EcobeatStack.of(scope).accountId}:alarm:${name}`;

const toActions = (topic: AlertTopic, priority: AlarmPriority) => ({
  alarmActions: [topic.arns[priority]],
  okActions: [topic.arns[priority]],
});

function toMetricConfig({ namespace, name, dimensions, statistic }: Metric, period: number) {
  return {
    namespace,
    metricName: name,
    dimensions: { ...dimensions },
    period,
    ...(/^(p\d|PR\()/.test(statistic) ? { extendedStatistic: statistic } : { statistic }),
  };
}

function toMetricMathConfig({ expression, metrics }: MetricMath, period: number) {
  return {
    metricQuery: [
      { id: "result", expression, label: "result", returnData: true },
      ...Object.entries(metrics).map(([id, { namespace, name, dimensions, statistic }]) => ({
        id,
        metric: { namespace, metricName: name, dimensions: { ...dimensions }, stat: statistic, period },
      })),
    ],
  };
}

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html
const maxMetrics = 10;

function checkLimits({
  name,
  metric,
  periodSeconds,
  evaluationPeriods = 1,
  datapointsToAlarm = evaluationPeriods,
}: AlarmProps): void {
  const count = "metrics" in metric ? Object.keys(metric.metrics).length : 1;
  if (count > maxMetrics) {
    throw new ConstructError("alarm-metrics-exceeded", {
      what: `The alarm "${name}" has ${count} metrics.`,
      why: `CloudWatch allows at most ${maxMetrics} in one alarm.`,
      action: "Split it into several alarms.",
    });
  }
  if (![10, 20, 30].includes(periodSeconds) && (periodSeconds <= 0 || periodSeconds % 60 !== 0)) {
    throw new ConstructError("alarm-period-invalid", {
      what: `The alarm "${name}" has a period of ${periodSeconds} s.`,
      why: "CloudWatch supports 10, 20 and 30 s, and whole minutes.",
      action: "Choose one of these.",
    });
  }
  const longest = periodSeconds >= 3600 ? 7 * 86_400 : 86_400;
  if (evaluationPeriods * periodSeconds > longest) {
    throw new ConstructError("alarm-evaluation-too-long", {
      what: `The alarm "${name}" evaluates ${evaluationPeriods * periodSeconds} s.`,
      why: `With periods of ${periodSeconds} s, CloudWatch evaluates at most ${longest} s.`,
      action: "Choose fewer or shorter periods.",
    });
  }
  if (datapointsToAlarm < 1 || datapointsToAlarm > evaluationPeriods) {
    throw new ConstructError("alarm-datapoints-invalid", {
      what: `The alarm "${name}" fires when ${datapointsToAlarm} of ${evaluationPeriods} periods are breaching.`,
      why: "It would fire never, or always.",
      action: `Set \`datapointsToAlarm\` from 1 to ${evaluationPeriods}.`,
    });
  }
}
