/** The runbooks in `runbooks/` that alarms refer to. */
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

/** Path of a runbook in the repository. */
export const toRunbookPath = (runbook: Runbook): string => `runbooks/${runbook}.md`;
