import { notifyingBudgets } from "./rules/budgets.ts";
import { changeFirst } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";

const change = (values: Parameters<typeof changeFirst>[1]) => changeFirst("aws_budgets_budget", values);

describe("budgets of the accounts", () => {
  testRule(notifyingBudgets, {
    "a missing budget": (stacks) => delete stacks["ecobeat-staging-foundation"]!.resource.aws_budgets_budget,
    "another amount": change({ limit_amount: "100000" }),
    "a budget with a filter": change({ cost_filter: [{ name: "Service", values: ["AWS Lambda"] }] }),
    "another account": change({ account_id: "999999999999" }),
    "a budget without a forecast": change(({ notification }) => notification.pop()),
    "a budget without the first threshold": change(({ notification }) => notification.shift()),
    "a notification without a topic": change(({ notification }) => {
      notification[0].subscriber_sns_topic_arns = [];
    }),
  });
});
