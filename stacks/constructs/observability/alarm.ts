import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { AlertTopic } from "./alert-topic.ts";
import type { Metric, MetricMath } from "./metric.ts";
import { type Runbook, toRunbookPath } from "./runbook.ts";

export interface AlarmProps {
  readonly name: string;
  /** What is wrong when it rings: one sentence with its full stop, for a person who has just been woken. */
  readonly summary: string;
  /** What that person does. */
  readonly runbook: Runbook;
  readonly metric: Metric | MetricMath;
  /** @default "GreaterThanThreshold" */
  readonly comparison?: "GreaterThanThreshold" | "GreaterThanOrEqualToThreshold" | "LessThanThreshold";
  readonly threshold: number;
  /** Length of one period in seconds: 10, 20, 30, or a multiple of 60; see {@link Alarm} for the limits. */
  readonly periodSeconds: number;
  /**
   * How many of the latest periods are looked at.
   *
   * @default 1
   */
  readonly evaluationPeriods?: number;
  /**
   * How many of those must be beyond the threshold.
   *
   * @default all of them
   */
  readonly datapointsToAlarm?: number;
  /**
   * What a period without a measurement counts as.
   *
   * @default "notBreaching": where nothing happens, nothing is wrong
   */
  readonly missingData?: "breaching" | "notBreaching" | "ignore" | "missing";
  /** Who is told, when it begins and when it is over. The alarm is in the topic's region. */
  readonly topic: AlertTopic;
}

/**
 * An alarm that tells people, and tells them where to read what to do: its description ends in the runbook's path.
 *
 * ```ts
 * new Alarm(this, "failures", {
 *   name, summary: "The API fails.", runbook: "high-errors", metric, threshold: 5, periodSeconds: 300, topic,
 * });
 * ```
 *
 * CloudWatch looks back one day at most, or seven where a period is an hour or longer:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 *
 * Billed by the month for each metric that it looks at.
 */
export class Alarm extends Construct {
  /** Known from the name alone, so that it may be mentioned in another stack. */
  readonly arn: string;
  /** Its name, known to Terraform when it is there. */
  readonly alarmName: string;

  constructor(scope: Construct, id: string, props: AlarmProps) {
    super(scope, id);
    checkPeriods(props);
    checkMetrics(props);
    const { metric, periodSeconds, evaluationPeriods = 1, datapointsToAlarm = evaluationPeriods } = props;
    const { region, provider } = props.topic;
    this.arn = `arn:aws:cloudwatch:${region}:${EcobeatStack.of(this).accountId}:alarm:${props.name}`;
    const { alarmName } = new CloudwatchMetricAlarm(this, "alarm", {
      ...(provider && { provider }),
      alarmName: props.name,
      alarmDescription: `${props.summary} Runbook: ${toRunbookPath(props.runbook)}`,
      ...("expression" in metric
        ? toMetricMathConfig(metric, periodSeconds)
        : toMetricConfig(metric, periodSeconds)),
      comparisonOperator: props.comparison ?? "GreaterThanThreshold",
      threshold: props.threshold,
      evaluationPeriods: evaluationPeriods,
      datapointsToAlarm: datapointsToAlarm,
      treatMissingData: props.missingData ?? "notBreaching",
      alarmActions: [props.topic.arn],
      okActions: [props.topic.arn],
    });
    this.alarmName = alarmName;
  }
}

type Measured = Pick<
  CloudwatchMetricAlarmConfig,
  "namespace" | "metricName" | "dimensions" | "statistic" | "extendedStatistic" | "period" | "metricQuery"
>;

const isPercentile = (statistic: string): boolean => /^p\d/.test(statistic);

function toMetricConfig({ namespace, name, dimensions, statistic }: Metric, period: number): Measured {
  return {
    namespace,
    metricName: name,
    dimensions: { ...dimensions },
    period,
    ...(isPercentile(statistic) ? { extendedStatistic: statistic } : { statistic }),
  };
}

function toMetricMathConfig({ expression, metrics }: MetricMath, period: number): Measured {
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
const mostMetrics = 10;

function checkMetrics({ name, metric }: AlarmProps): void {
  const count = "metrics" in metric ? Object.keys(metric.metrics).length : 1;
  if (count > mostMetrics) {
    throw new Error(
      `The alarm "${name}" looks at ${count} metrics. CloudWatch lets an alarm look at ${mostMetrics} at most. ` +
        `Make several alarms of it.`,
    );
  }
}

function checkPeriods({
  name,
  periodSeconds,
  evaluationPeriods = 1,
  datapointsToAlarm = evaluationPeriods,
}: AlarmProps): void {
  if (![10, 20, 30].includes(periodSeconds) && (periodSeconds <= 0 || periodSeconds % 60 !== 0)) {
    throw new Error(
      `The alarm "${name}" has periods of ${periodSeconds} s. CloudWatch knows 10, 20 and 30 s, and whole minutes. ` +
        `Choose one of these.`,
    );
  }
  const longest = periodSeconds >= 3600 ? 7 * 86_400 : 86_400;
  if (evaluationPeriods * periodSeconds > longest) {
    throw new Error(
      `The alarm "${name}" looks back ${evaluationPeriods * periodSeconds} s. With periods of ${periodSeconds} s CloudWatch looks ` +
        `back ${longest} s at most. Choose fewer periods, or shorter ones.`,
    );
  }
  if (datapointsToAlarm < 1 || datapointsToAlarm > evaluationPeriods) {
    throw new Error(
      `The alarm "${name}" rings when ${datapointsToAlarm} of ${evaluationPeriods} periods are beyond its threshold. It could never ` +
        `ring, or always would. Choose from 1 to ${evaluationPeriods} periods.`,
    );
  }
}
