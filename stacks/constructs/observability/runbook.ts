/** The pages of `runbooks/` that an alarm may send people to, by their names. */
export const runbooks = [
  "high-errors",
  "high-latency",
  "database",
  "memory",
  "throttling",
  "redis",
  "waf",
  "accounts",
  "certificate",
  "backups",
  "failed-events",
  "cost",
] as const;

export type Runbook = (typeof runbooks)[number];

/** Where a page lies in the repository. */
export const toRunbookPath = (runbook: Runbook): string => `runbooks/${runbook}.md`;
