/** Counts the compared characters and values, so that no plan can make a review run for hours. */
export class ComparisonBudget {
  spent = 0;
  readonly #limit: number;

  /** @param limit a second or two. The largest policies that AWS accepts, of 32 kB, need less than a tenth of it. */
  constructor(limit = 5_000_000) {
    this.#limit = limit;
  }

  /** Adds work. @returns whether no more may be done */
  isSpentBy(work: number): boolean {
    this.spent += work;
    return this.isSpent;
  }

  get isSpent(): boolean {
    return this.spent >= this.#limit;
  }
}

/** Whether a text matches a pattern with `*` and `?`, in polynomial time whatever the pattern; false once the budget is spent. */
export function matchesPattern(pattern: string, text: string, budget?: ComparisonBudget): boolean {
  let [at, position, star, from] = [0, 0, -1, 0];
  while (position < text.length) {
    if (budget?.isSpentBy(1)) return false;
    const [expected, character] = [pattern[at], text[position]];
    if (expected === "*") [star, from] = [at++, position];
    // `?` is one character, but an asterisk in the other pattern is any number of them.
    else if (expected === character || (expected === "?" && character !== "*")) [at, position] = [at + 1, position + 1];
    else if (star >= 0) [at, position] = [star + 1, ++from];
    else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}

/** Begins the value of an element such as `NotAction`. */
export const allExcept = "all except ";

/** Finds the patterns that cover a text without comparing it with all of them: by equality, or by what precedes the first wildcard. */
export class PatternIndex {
  readonly #owners = new Map<string, number[]>();
  readonly #patternsByStart = new Map<string, string[]>();
  readonly #startLengths = new Set<number>();
  readonly #budget: ComparisonBudget;

  constructor(budget: ComparisonBudget) {
    this.#budget = budget;
  }

  /** @param owner number of what has the pattern */
  add(pattern: string, owner: number): void {
    const owners = this.#owners.get(pattern);
    if (owners) return void owners.push(owner);
    this.#owners.set(pattern, [owner]);
    const start = /^[^*?]*/.exec(pattern)![0];
    // What "all except" covers depends on the excluded values: only equality is safe to tell.
    if (start === pattern || pattern.startsWith(allExcept)) return;
    this.#startLengths.add(start.length);
    const others = this.#patternsByStart.get(start);
    if (others) others.push(pattern);
    else this.#patternsByStart.set(start, [pattern]);
  }

  /** The owners of each pattern that covers the text. */
  find(text: string): number[][] {
    const lengths = text.startsWith(allExcept) ? [] : [...this.#startLengths];
    const patterns = lengths
      .filter((length) => length <= text.length && !this.#budget.isSpentBy(1))
      .flatMap((length) => this.#patternsByStart.get(text.slice(0, length)) ?? [])
      .filter((pattern) => pattern !== text && matchesPattern(pattern, text, this.#budget));
    return [text, ...patterns].flatMap((pattern) => (this.#owners.has(pattern) ? [this.#owners.get(pattern)!] : []));
  }
}
