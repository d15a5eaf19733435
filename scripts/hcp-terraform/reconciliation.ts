import type { HcpTerraformClient } from "./client.ts";

/** A difference between HCP Terraform and the stacks. */
export interface Change {
  /** Such as the name of a workspace. */
  readonly subject: string;
  readonly text: string;
}

/** One reconciliation. It makes changes, or in a dry run only logs them. */
export type Reconciliation = ReturnType<typeof createReconciliation>;

/** @param log receives a line for each change, before it is made */
export function createReconciliation(client: HcpTerraformClient, dryRun: boolean, log: (line: string) => void) {
  const changes: Change[] = [];
  /** @returns the result of `apply`; undefined in a dry run */
  async function change<T>(subject: string, text: string, apply: () => Promise<T>): Promise<T | undefined> {
    log(`${dryRun ? "would change" : "changes"} ${subject}: ${text}`);
    const result = dryRun ? undefined : await apply();
    changes.push({ subject, text });
    return result;
  }
  return { client, changes, change };
}
