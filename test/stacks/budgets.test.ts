import { notifyingBudgets } from "./rules/budgets.ts";
import { type Change, changeFirst, removeAll } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";

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
