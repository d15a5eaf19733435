/** The value below which the given share of the values lies. */
export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

/** The value in the middle: a few disturbed runs do not move it. */
export const median = (values: number[]): number => quantile(values, 0.5);
