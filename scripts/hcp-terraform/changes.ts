/** A difference between what is in HCP Terraform and what the stacks want. */
export interface Change {
  /** What it is about, such as the name of a workspace. */
  readonly subject: string;
  readonly text: string;
}

/** Makes the changes, or with a dry run only tells them. */
export class Changes {
  readonly made: Change[] = [];
  readonly #dryRun: boolean;
  readonly #say: (line: string) => void;

  /** @param say receives a line for each change, before it is made */
  constructor(dryRun: boolean, say: (line: string) => void) {
    this.#dryRun = dryRun;
    this.#say = say;
  }

  /** @returns what `make` did; undefined when nothing was to be made */
  async make<T>(subject: string, text: string, make: () => Promise<T>): Promise<T | undefined> {
    this.#say(`${this.#dryRun ? "would change" : "changes"} ${subject}: ${text}`);
    const made = this.#dryRun ? undefined : await make();
    this.made.push({ subject, text });
    return made;
  }
}
