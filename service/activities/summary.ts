import type { ActivityRepository } from "./repository.ts";
import type { Summary } from "./response-schemas.ts";

interface Sum {
  count: number;
  quantity: number;
  co2eGrams: number;
}

/**
 * Sums up a user's month. Reads only that month, and keeps only a sum for each kind and each day in memory.
 * @param month such as `2026-11`
 */
export async function computeSummary(repository: ActivityRepository, userId: string, month: string): Promise<Summary> {
  const total: Sum = { count: 0, quantity: 0, co2eGrams: 0 };
  const kinds = new Map<string, Sum>();
  const days = new Map<string, Sum>();
  for await (const { occurredAt, kind, quantity, co2eGrams } of repository.amounts(userId, toTimeRange(month))) {
    const day = occurredAt.toISOString().slice(0, "2026-11-22".length);
    for (const sum of [total, getSum(kinds, kind), getSum(days, day)]) {
      sum.count += 1;
      sum.quantity += quantity;
      sum.co2eGrams += co2eGrams;
    }
  }
  return {
    month,
    count: total.count,
    co2e_grams: total.co2eGrams,
    by_kind: sortByName(kinds).map(([kind, { count, quantity, co2eGrams }]) => ({
      kind,
      count,
      // Quantities are thousandths; their sum has rounding errors.
      quantity: Math.round(quantity * 1000) / 1000,
      co2e_grams: co2eGrams,
    })),
    by_day: sortByName(days).map(([day, { count, co2eGrams }]) => ({ day, count, co2e_grams: co2eGrams })),
  };
}

function toTimeRange(month: string): { from: Date; to: Date } {
  const from = new Date(`${month}-01T00:00:00Z`);
  const to = new Date(from);
  to.setUTCMonth(from.getUTCMonth() + 1);
  return { from, to };
}

function getSum(sums: Map<string, Sum>, name: string): Sum {
  const sum = sums.get(name) ?? { count: 0, quantity: 0, co2eGrams: 0 };
  sums.set(name, sum);
  return sum;
}

const sortByName = (sums: Map<string, Sum>) => [...sums].sort(([a], [b]) => (a < b ? -1 : 1));
