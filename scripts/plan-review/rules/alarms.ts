import { toCodeSpan } from "../code-span.ts";
import { computeDifferences, isUnknown } from "../differences.ts";
import type { Finding } from "../finding.ts";
import type { Attributes, ResourceChange } from "../plan.ts";

const subject = "Protection";

/** What makes an alarm ring. */
const conditionAttributes =
  /^(comparison_operator|datapoints_to_alarm|dimensions|evaluation_periods|extended_statistic|metric_name|metric_query|namespace|period|statistic|threshold|treat_missing_data)/;

/** An alarm rings at another moment, or for fewer. */
export function checkAlarms(change: ResourceChange): Finding[] {
  if (change.type !== "aws_cloudwatch_metric_alarm" || !/change|replace/.test(change.effect)) return [];
  const names = computeDifferences(change)
    .filter(({ path }) => conditionAttributes.test(path))
    .map(({ path, before, after, sensitive }) =>
      typeof before === "number" && typeof after === "number" && !sensitive
        ? `${toCodeSpan(path)} ${before} to ${after}`
        : toCodeSpan(path),
    );
  const [then, now] = [getAlarmActions(change.before), getAlarmActions(change.after)];
  const isFewer = !isUnknown(change, "alarm_actions") && then.some((receiver) => !now.includes(receiver));
  return [
    ...(names.length > 0
      ? [
          {
            severity: "attention" as const,
            subject,
            text: `rings at another moment: ${[...new Set(names)].join(", ")}`,
          },
        ]
      : []),
    ...(isFewer
      ? [
          now.length === 0
            ? { severity: "danger" as const, subject, text: "rings, and nobody is told" }
            : {
                severity: "attention" as const,
                subject,
                text: "somebody who was told when it rings is not any more",
              },
        ]
      : []),
  ];
}

const getAlarmActions = ({ alarm_actions: actions }: Attributes): unknown[] =>
  Array.isArray(actions) ? actions : [];
