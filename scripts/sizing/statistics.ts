/** The value below which the given share of the values lies. */
export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

/** A few disturbed runs do not change it. */
export const median = (values: number[]): number => quantile(values, 0.5);

/**
 * The z score of the Mann-Whitney U test: how unlikely it is that two samples have the same distribution. It depends only on
 * ranks, so that a few disturbed runs have little effect.
 * @returns positive if the first tends to be larger
 */
export function rankSumZ(first: number[], second: number[]): number {
  const [m, n] = [first.length, second.length];
  const ranked = [...first.map((value) => ({ value, own: true })), ...second.map((value) => ({ value, own: false }))];
  ranked.sort((a, b) => a.value - b.value);
  const rankSum = ranked.reduce((sum, { own }, index) => sum + (own ? index + 1 : 0), 0);
  const u = rankSum - (m * (m + 1)) / 2;
  return (u - (m * n) / 2) / Math.sqrt((m * n * (m + n + 1)) / 12);
}
