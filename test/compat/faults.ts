/** Longer examples would hide the other lines. */
const mostCharacters = 600;

/** What a run found. */
export class Faults {
  readonly #found = new Map<string, { count: number; example: string }>();
  #count = 0;

  /**
   * @param what the same for each fault of its sort
   * @param example what shows it, such as a request and its response
   */
  add(what: string, example = ""): void {
    this.#count += 1;
    const known = this.#found.get(what);
    if (known) known.count += 1;
    else this.#found.set(what, { count: 1, example });
  }

  /** Adds an error that something threw. */
  addError(thrower: string, { message, stack }: Error): void {
    this.add(`${thrower} failed: ${message.split("\n")[0]}`, stack);
  }

  get count(): number {
    return this.#count;
  }

  /** A line for each sort, with how often it occurred and the first example. */
  get lines(): string[] {
    return [...this.#found].map(
      ([what, { count, example }]) =>
        `${what}${count > 1 ? ` (${count} times)` : ""}${example && `: ${example.slice(0, mostCharacters)}`}`,
    );
  }
}
