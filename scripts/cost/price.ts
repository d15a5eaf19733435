/** What one unit of something costs. */
export interface Price {
  /** US dollars, before taxes and without any free allowance. */
  readonly usd: number;
  /** What AWS or MongoDB counts. */
  readonly unit: string;
  /** Where the price is published. */
  readonly source: string;
  /**
   * Not confirmed in the region's own price list: from the general pricing page, or the last known price. It may be off by a
   * few percent.
   *
   * @default false
   */
  readonly unconfirmed?: boolean;
}
