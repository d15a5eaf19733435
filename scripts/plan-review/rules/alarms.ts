import { toCodeSpan } from "../code-span.ts";
import { computeDifferences, isUnknown } from "../differences.ts";
import { type Finding, findingsAbout } from "../finding.ts";
import type { Attributes, ResourceChange } from "../plan.ts";

const { warning, critical } = findingsAbout("Protection");

/** Attributes that decide when an alarm fires. */
const conditionAttributes =
  /^(comparison_operator|datapoints_to_alarm|dimensions|evaluation_periods|extended_statistic|metric_name|metric_query|namespace|period|statistic|threshold|treat_missing_data)/;

/** An alarm fires under another condition, or notifies fewer recipients. */
export function checkAlarms(change: ResourceChange): Finding[] {
  if (change.type !== "aws_cloudwatch_metric_alarm" || !/change|replace/.test(change.effect)) return [];
  const conditions = computeDifferences(change)
    .filter(({ path }) => conditionAttributes.test(path))
    .map(({ path, before, after, sensitive }) =>
      typeof before === "number" && typeof after === "number" && !sensitive
        ? `${toCodeSpan(path)} ${before} to ${after}`
        : toCodeSpan(path),
    );
  const [before, after] = [getAlarmActions(change.before), getAlarmActions(change.after)];
  const isFewer = !isUnknown(change, "alarm_actions") && before.some((action) => !after.includes(action));
  const findings: Finding[] = [];
  if (conditions.length > 0) {
    findings.push(warning(`fires under another condition: ${[...new Set(conditions)].join(", ")}`));
  }
  if (isFewer) {
    findings.push(after.length === 0 ? critical("notifies no one") : warning("notifies fewer recipients than before"));
  }
  return findings;
}

const getAlarmActions = ({ alarm_actions: actions }: Attributes): unknown[] => (Array.isArray(actions) ? actions : []);
