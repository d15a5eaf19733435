import { alarmShare } from "../../scripts/capacity/contract.ts";
import type { Limit, LimitAlarm } from "../../scripts/capacity/limit.ts";
import type { Environment } from "../../stacks/environments.ts";
import { resources } from "../stacks/rules/resources.ts";
import type { Attributes, Stacks } from "./synthesize.ts";

/** Events of the alerts of Atlas, by their construct ids. */
const atlasMetrics: Readonly<Record<string, RegExp>> = { connections: /CONNECTIONS_PERCENT$/, disk: /^FLEX_DATA_SIZE/ };

/** Thresholds of a limit's alarms in the stacks of an environment. */
function getThresholds(alarm: Exclude<LimitAlarm, { none: string }>, stacks: Stacks): number[] {
  if ("suffix" in alarm) {
    return resources(stacks, "aws_cloudwatch_metric_alarm")
      .filter(({ attributes }) => attributes.alarm_name.endsWith(alarm.suffix))
      .map(({ attributes }) => attributes.threshold);
  }
  return resources(stacks, "mongodbatlas_alert_configuration")
    .flatMap(({ attributes }) => (attributes.metric_threshold_config as Attributes[] | undefined) ?? [])
    .filter(({ metric_name }) => atlasMetrics[alarm.alert]!.test(metric_name))
    .map(({ threshold }) => threshold);
}

/**
 * What is wrong with the alarms of a limit: there is none, or one fires only above 70 % of the limit.
 * @param stacks those of the environment alone
 */
export function findLateAlarms({ alarm, id, value }: Limit, stacks: Stacks, environment: Environment): string[] {
  const limit = value(environment);
  if (limit === undefined || "none" in alarm) return [];
  const highest = alarm.scale === "percent" ? 100 * alarmShare : limit * (alarm.scale ?? 1) * alarmShare;
  const thresholds = getThresholds(alarm, stacks);
  if (thresholds.length === 0) return [`${id}: no alarm in ${environment.name}`];
  return thresholds.filter((threshold) => threshold > highest).map((threshold) => `${id}: ${threshold} > ${highest}`);
}
