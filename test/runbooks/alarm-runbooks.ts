import { resources } from "../stacks/rules/resources.ts";
import { allStacks } from "../stacks/rules/rule.ts";

/** The runbook that the description of each alarm names, by the alarm without its environment, such as `-api-errors`. */
export const getAlarmRunbooks = (): Map<string, string> =>
  new Map(
    resources(allStacks(), "aws_cloudwatch_metric_alarm").map(({ attributes }) => [
      attributes.alarm_name.replace(/^ecobeat-[a-z0-9]+/, ""),
      /([\w-]+)\.md$/.exec(attributes.alarm_description)![1]!,
    ]),
  );
