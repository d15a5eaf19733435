import { notifyingAlarms } from "../stacks/rules/alarms.ts";
import { allStacks } from "../stacks/rules/rule.ts";

/** The runbook that the description of each alarm that notifies names, by the alarm without its environment, such as `-api-errors`. */
export const getAlarmRunbooks = (): Map<string, string> =>
  new Map(
    notifyingAlarms(allStacks()).map(({ attributes }) => [
      attributes.alarm_name.replace(/^ecobeat-[a-z0-9]+/, ""),
      /([\w-]+)\.md$/.exec(attributes.alarm_description)![1]!,
    ]),
  );
