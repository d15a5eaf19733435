import { ticketTopicSuffix } from "../../stacks/names.ts";
import type { Attributes } from "../support/synthesize.ts";
import { type Change, changeFirst, getStackEnvironment, referenced, removeAll } from "./rules/resources.ts";
import { type Rule, resourceRule, testRule } from "./rules/rule.ts";

const requiredNotifications = ["ACTUAL 50", "ACTUAL 80", "ACTUAL 100", "FORECASTED 100"];

const budgets = resourceRule(
  "every account has the environment's monthly budget, and notifies the recipients of tickets at 50, 80 and 100 % spent and 100 % forecast",
  "aws_budgets_budget",
  ({ stack, attributes }, stacks) => {
    const { accountId, monthlyBudgetUsd, alerts } = getStackEnvironment(stack);
    const { notification, cost_filter, time_unit, budget_type, limit_amount, limit_unit } = attributes;
    const notifications = notification
      .filter(
        ({ threshold_type, comparison_operator, subscriber_email_addresses, ...each }: Attributes) =>
          threshold_type === "PERCENTAGE" &&
          comparison_operator === "GREATER_THAN" &&
          subscriber_email_addresses.join() === alerts.emails.join() &&
          each.subscriber_sns_topic_arns.length === 1 &&
          referenced(stacks, stack, each.subscriber_sns_topic_arns[0])?.attributes.name.endsWith(ticketTopicSuffix),
      )
      .map(({ notification_type, threshold }: Attributes) => `${notification_type} ${threshold}`);
    return (
      attributes.account_id === accountId &&
      cost_filter === undefined &&
      time_unit === "MONTHLY" &&
      budget_type === "COST" &&
      limit_unit === "USD" &&
      Number(limit_amount) === monthlyBudgetUsd &&
      requiredNotifications.every((each) => notifications.includes(each))
    );
  },
);

const notifyingBudgets: Rule = {
  ...budgets,
  check: (stacks) => [
    ...budgets.check(stacks),
    ...Object.keys(stacks).filter((name) => name.endsWith("-foundation") && !stacks[name]!.resource.aws_budgets_budget),
  ],
};

const change = (values: Change) => changeFirst("aws_budgets_budget", values);

describe("budgets of the accounts", () => {
  testRule(notifyingBudgets, {
    "a missing budget": removeAll("staging-foundation", "aws_budgets_budget"),
    "another amount": change({ limit_amount: "100000" }),
    "a budget with a filter": change({ cost_filter: [{ name: "Service", values: ["AWS Lambda"] }] }),
    "another account": change({ account_id: "999999999999" }),
    "a budget without a forecast": change(({ notification }) => notification.pop()),
    "a budget without the first threshold": change(({ notification }) => notification.shift()),
    "a notification without a topic": change({ "notification.0.subscriber_sns_topic_arns": [] }),
  });
});
