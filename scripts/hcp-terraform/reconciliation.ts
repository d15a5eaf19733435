import type { HcpTerraformClient } from "./client.ts";

/** A difference between HCP Terraform and the stacks. */
export interface Change {
  /** Such as the name of a workspace. */
  readonly subject: string;
  readonly text: string;
}

/** One reconciliation. It makes changes, or in a dry run only logs them. */
export class Reconciliation {
  readonly client: HcpTerraformClient;
  readonly changes: Change[] = [];
  readonly #dryRun: boolean;
  readonly #log: (line: string) => void;

  /** @param log receives a line for each change, before it is made */
  constructor(client: HcpTerraformClient, dryRun: boolean, log: (line: string) => void) {
    this.client = client;
    this.#dryRun = dryRun;
    this.#log = log;
  }

  /** @returns the result of `apply`; undefined in a dry run */
  async change<T>(subject: string, text: string, apply: () => Promise<T>): Promise<T | undefined> {
    this.#log(`${this.#dryRun ? "would change" : "changes"} ${subject}: ${text}`);
    const result = this.#dryRun ? undefined : await apply();
    this.changes.push({ subject, text });
    return result;
  }
}
