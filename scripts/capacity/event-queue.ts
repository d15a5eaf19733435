/** Events in the order of their times; those of the same time in the order in which they were added. */
export class EventQueue {
  /** A binary heap. */
  readonly #heap: { readonly at: number; readonly order: number; readonly run: (at: number) => void }[] = [];
  #added = 0;

  add(at: number, run: (at: number) => void): void {
    const heap = this.#heap;
    let index = heap.push({ at, order: this.#added++, run }) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(index, parent)) break;
      this.#swap(index, parent);
      index = parent;
    }
  }

  /** Runs all events, and those that they add, until none is left. */
  run(): void {
    for (let next = this.#take(); next; next = this.#take()) next.run(next.at);
  }

  #take() {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (heap.length > 0) {
      heap[0] = last!;
      for (let index = 0; ; ) {
        const [left, right] = [2 * index + 1, 2 * index + 2];
        let least = index;
        if (left < heap.length && this.#isBefore(left, least)) least = left;
        if (right < heap.length && this.#isBefore(right, least)) least = right;
        if (least === index) break;
        this.#swap(index, least);
        index = least;
      }
    }
    return first;
  }

  #isBefore(index: number, other: number): boolean {
    const [one, two] = [this.#heap[index]!, this.#heap[other]!];
    return one.at === two.at ? one.order < two.order : one.at < two.at;
  }

  #swap(index: number, other: number): void {
    const heap = this.#heap;
    [heap[index], heap[other]] = [heap[other]!, heap[index]!];
  }
}
