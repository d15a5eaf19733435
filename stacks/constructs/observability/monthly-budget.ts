import { BudgetsBudget } from "@cdktf/provider-aws/lib/budgets-budget/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { AlertTopic } from "./alert-topic.ts";

export interface MonthlyBudgetProps {
  /** Must allow budgets to publish. */
  readonly alertTopic: AlertTopic;
}

/** Thresholds for actual spending, in percent of the budget. */
const actualPercents = [50, 80, 100];

/**
 * Notifies the recipients when an account has spent 50, 80 and 100 % of its monthly budget, and when the forecast exceeds it. It
 * stops nothing.
 *
 * It covers the whole account, because a filter by tag would omit untagged costs, such as traffic and taxes. It does not include
 * the invoices of Atlas.
 *
 * Free.
 *
 * @example new MonthlyBudget(this, "budget", { alertTopic: this.alertTopic });
 */
export class MonthlyBudget extends Construct {
  constructor(scope: Construct, id: string, props: MonthlyBudgetProps) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    const { environment, namePrefix, accountId } = stack;
    const { monthlyBudgetUsd, alerts } = environment;
    const notification = (notificationType: "ACTUAL" | "FORECASTED", threshold: number) => ({
      notificationType,
      threshold,
      thresholdType: "PERCENTAGE",
      comparisonOperator: "GREATER_THAN",
      // AWS Budgets also sends these e-mails itself, in case the topic fails.
      subscriberEmailAddresses: [...alerts.emails],
      subscriberSnsTopicArns: [props.alertTopic.arns.ticket],
    });
    new BudgetsBudget(this, "budget", {
      name: stack.toGlobalName(namePrefix),
      accountId,
      budgetType: "COST",
      timeUnit: "MONTHLY",
      // With taxes.
      limitAmount: String(monthlyBudgetUsd),
      limitUnit: "USD",
      notification: [
        ...actualPercents.map((percent) => notification("ACTUAL", percent)),
        notification("FORECASTED", 100),
      ],
    });
  }
}
