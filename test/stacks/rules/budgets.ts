import { failing, getEnvironment, referenced } from "./resources.ts";
import type { Rule } from "./rule.ts";

const requiredNotifications = ["ACTUAL 50", "ACTUAL 80", "ACTUAL 100", "FORECASTED 100"];

export const notifyingBudgets: Rule = {
  name: "every account has the table's budget for a month, whole, and people hear of 50, 80 and 100 % spent and of 100 % foreseen",
  check: (stacks) => [
    ...failing(stacks, ["aws_budgets_budget"], "tells too few, or too late", ({ stack, attributes }) => {
      const { accountId, monthlyBudgetUsd, alerts } = getEnvironment(stack);
      const { notification, cost_filter, time_unit, budget_type, limit_amount, limit_unit } = attributes;
      const isOwn =
        attributes.account_id === accountId &&
        cost_filter === undefined &&
        time_unit === "MONTHLY" &&
        budget_type === "COST" &&
        limit_unit === "USD" &&
        Number(limit_amount) === monthlyBudgetUsd;
      const found = (notification as Notification[])
        .filter(
          (each) =>
            each.threshold_type === "PERCENTAGE" &&
            each.comparison_operator === "GREATER_THAN" &&
            each.subscriber_email_addresses.join() === alerts.emails.join() &&
            each.subscriber_sns_topic_arns.length === 1 &&
            referenced(stacks, stack, each.subscriber_sns_topic_arns[0])?.type === "aws_sns_topic",
        )
        .map(({ notification_type, threshold }) => `${notification_type} ${threshold}`);
      return isOwn && requiredNotifications.every((each) => found.includes(each));
    }),
    ...Object.entries(stacks)
      .filter(([name, stack]) => name.endsWith("-foundation") && !stack.resource.aws_budgets_budget)
      .map(([name]) => `${name}: has no budget`),
  ],
};

interface Notification {
  readonly notification_type: string;
  readonly threshold: number;
  readonly threshold_type: string;
  readonly comparison_operator: string;
  readonly subscriber_email_addresses: readonly string[];
  readonly subscriber_sns_topic_arns: readonly string[];
}
