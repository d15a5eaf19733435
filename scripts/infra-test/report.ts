/** How many steps passed, failed, and were skipped. */
export interface Results {
  passed: number;
  failed: number;
  skipped: number;
}

/** Reports the infrastructure test while it runs: a line per stack and step, and the totals at the end. */
export class Report {
  readonly results: Results = { passed: 0, failed: 0, skipped: 0 };
  readonly #print: (line: string) => void;
  #width: number;
  #logged = new Set<string>();

  /**
   * @param print receives each line
   * @param stacks names of the stacks in the report
   */
  constructor(print: (line: string) => void, stacks: readonly string[]) {
    this.#print = print;
    this.#width = Math.max(0, ...stacks.map((name) => name.length));
  }

  /** A report that prints like this one, and counts only what is then added to it. */
  startAttempt(): Report {
    const attempt = new Report(this.#print, []);
    attempt.#width = this.#width;
    attempt.#logged = this.#logged;
    return attempt;
  }

  /** Counts the results of an attempt. */
  add({ passed, failed, skipped }: Results): void {
    this.results.passed += passed;
    this.results.failed += failed;
    this.results.skipped += skipped;
  }

  /** Logs a line about the whole run. */
  log(line: string): void {
    this.#print(line);
  }

  /** Logs a line that would repeat for each stack. */
  logOnce(line: string): void {
    if (!this.#logged.has(line)) this.log(line);
    this.#logged.add(line);
  }

  passed(stack: string, step: string, milliseconds: number, detail: string): void {
    this.results.passed++;
    this.#line("passed ", stack, step, `${formatSeconds(milliseconds)}  ${detail}`);
  }

  /** @param text Terraform's full output */
  failed(stack: string, step: string, milliseconds: number, text: string): void {
    this.results.failed++;
    this.#line("failed ", stack, step, formatSeconds(milliseconds));
    this.#print(`\n${text.trim().replaceAll(/^/gm, "    ")}\n`);
  }

  skipped(stack: string, steps: readonly string[], reason: string): void {
    if (steps.length === 0) return;
    this.results.skipped += steps.length;
    this.#line("skipped", stack, steps.join(", "), ` ${reason}`);
  }

  /** Prints the machine-readable last line. */
  close(): void {
    const { passed, failed, skipped } = this.results;
    this.#print(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  }

  #line(outcome: string, stack: string, step: string, rest: string): void {
    this.#print(`${outcome}  ${stack.padEnd(this.#width)}  ${step.padEnd(10)} ${rest}`.trimEnd());
  }
}

const formatSeconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`.padStart(7);
