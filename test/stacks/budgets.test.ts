import { notifyingBudgets } from "./rules/budgets.ts";
import { first } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";

describe("budgets of the accounts", () => {
  testRule(notifyingBudgets, {
    "no budget": (stacks) => {
      delete stacks["ecobeat-staging-foundation"]!.resource.aws_budgets_budget;
    },
    "a budget of another amount": (stacks) => {
      first(stacks, "aws_budgets_budget").limit_amount = "100000";
    },
    "a budget of a part": (stacks) => {
      first(stacks, "aws_budgets_budget").cost_filter = [{ name: "Service", values: ["AWS Lambda"] }];
    },
    "a budget of another account": (stacks) => {
      first(stacks, "aws_budgets_budget").account_id = "999999999999";
    },
    "a budget that tells of nothing ahead": (stacks) => {
      first(stacks, "aws_budgets_budget").notification.pop();
    },
    "a budget that tells when all is spent": (stacks) => {
      first(stacks, "aws_budgets_budget").notification.shift();
    },
    "a budget that tells no topic": (stacks) => {
      first(stacks, "aws_budgets_budget").notification[0].subscriber_sns_topic_arns = [];
    },
  });
});
