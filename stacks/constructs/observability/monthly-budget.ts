import { BudgetsBudget } from "@cdktf/provider-aws/lib/budgets-budget/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { AlertTopic } from "./alert-topic.ts";

export interface MonthlyBudgetProps {
  /** Must let budgets publish. */
  readonly alertTopic: AlertTopic;
}

/** Percent of the budget at which people are told that they are spent. */
const spentPercents = [50, 80, 100];

/**
 * Tells when an account has spent half of what it may in a month, four fifths, and all, and when it will have spent all of
 * it if it goes on like this. It stops nothing.
 *
 * ```ts
 * new MonthlyBudget(this, "budget", {
 *   alertTopic: this.alertTopic,
 * });
 * ```
 *
 * It counts the whole account: each environment has its own, and a filter by tag would leave out what carries none, such
 * as traffic and taxes. What Atlas bills itself is not in it.
 *
 * Free of charge.
 */
export class MonthlyBudget extends Construct {
  constructor(scope: Construct, id: string, props: MonthlyBudgetProps) {
    super(scope, id);
    const { environment, namePrefix, accountId } = EcobeatStack.of(this);
    const { monthlyBudgetUsd, alerts } = environment;
    checkAmount(namePrefix, monthlyBudgetUsd, alerts.emails);
    const notification = (notificationType: "ACTUAL" | "FORECASTED", threshold: number) => ({
      notificationType,
      threshold,
      thresholdType: "PERCENTAGE",
      comparisonOperator: "GREATER_THAN",
      // Are written to by AWS Budgets itself as well, should the topic fail.
      subscriberEmailAddresses: [...alerts.emails],
      subscriberSnsTopicArns: [props.alertTopic.arn],
    });
    new BudgetsBudget(this, "budget", {
      name: namePrefix,
      accountId,
      budgetType: "COST",
      timeUnit: "MONTHLY",
      // Taxes included.
      limitAmount: String(monthlyBudgetUsd),
      limitUnit: "USD",
      notification: [
        ...spentPercents.map((percent) => notification("ACTUAL", percent)),
        notification("FORECASTED", 100),
      ],
    });
  }
}

function checkAmount(name: string, monthlyUsd: number, emails: readonly string[]): void {
  if (!(monthlyUsd > 0)) {
    throw new Error(
      `The budget "${name}" is to be ${monthlyUsd} US dollars a month. AWS Budgets tells of shares of an amount, and there ` +
        `are none of nothing. Choose an amount above 0.`,
    );
  }
  // https://docs.aws.amazon.com/cost-management/latest/userguide/management-limits.html
  if (emails.length > 10) {
    throw new Error(
      `The budget "${name}" is to be told to ${emails.length} e-mail addresses. AWS Budgets writes to ten at most. Name a ` +
        `mailing list in place of its members.`,
    );
  }
}
