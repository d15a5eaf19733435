/** Whether a text matches a pattern with `*` and `?`, in polynomial time whatever the pattern; false once the budget is spent. */
export function matchesPattern(pattern: string, text: string, budget?: ComparisonBudget): boolean {
  let [at, position, star, from] = [0, 0, -1, 0];
  while (position < text.length) {
    if (budget?.isSpentBy(1)) return false;
    const expected = pattern[at];
    const character = text[position];
    if (expected === "*") [star, from] = [at++, position];
    // `?` is one character, but an asterisk in the other pattern is any number of them.
    else if (expected === character || (expected === "?" && character !== "*")) {
      at++;
      position++;
    } else if (star >= 0) [at, position] = [star + 1, ++from];
    else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}

/** Counts the work of a comparison, so that no plan can make a review run for hours. */
export class ComparisonBudget {
  /** Compared characters and values so far. */
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

/** Begins the value of an element such as `NotAction`. */
export const allExcept = "all except ";

/** Finds the patterns that cover a text without comparing it with all of them: by equality, or by what precedes the first wildcard. */
export class PatternIndex {
  readonly #exact = new Map<string, number[]>();
  readonly #byPrefix = new Map<string, Set<string>>();
  readonly #prefixLengths = new Set<number>();
  readonly #budget: ComparisonBudget;

  constructor(budget: ComparisonBudget) {
    this.#budget = budget;
  }

  /** @param owner number of what has the pattern */
  add(pattern: string, owner: number): void {
    const owners = this.#exact.get(pattern);
    if (owners) return void owners.push(owner);
    this.#exact.set(pattern, [owner]);
    const prefix = /^[^*?]*(?=[*?])/.exec(pattern)?.[0];
    // What "all except" covers depends on the excluded values: only equality is safe to tell.
    if (prefix === undefined || pattern.startsWith(allExcept)) return;
    this.#prefixLengths.add(prefix.length);
    this.#byPrefix.set(prefix, (this.#byPrefix.get(prefix) ?? new Set()).add(pattern));
  }

  /** The owners of each pattern that covers the text. */
  find(text: string): number[][] {
    const equal = this.#exact.get(text);
    const found = equal ? [equal] : [];
    if (text.startsWith(allExcept)) return found;
    for (const length of this.#prefixLengths) {
      if (length > text.length) continue;
      if (this.#budget.isSpentBy(1)) break;
      for (const pattern of this.#byPrefix.get(text.slice(0, length)) ?? []) {
        if (pattern !== text && matchesPattern(pattern, text, this.#budget)) found.push(this.#exact.get(pattern)!);
      }
    }
    return found;
  }
}
