/** Is told how a long piece of work goes on. */
export interface Progress {
  /**
   * A piece of work begins.
   * @param work what is done, such as `dump`
   * @param documents how many there are, as far as one knows
   */
  begin(work: string, documents: number): void;
  /** So many documents more are done. */
  advance(documents: number): void;
  /** A collection is done. */
  finish(collection: string, documents: number): void;
}

/** Tells nobody. */
export const silent: Progress = { begin() {}, advance() {}, finish() {} };
