/** What the service depends on. */
export const dependencies = ["MongoDB", "Redis", "KMS", "SSM", "DNS"] as const;
export type Dependency = (typeof dependencies)[number];

/** How a dependency fails. */
export const faults = [
  "refused",
  "cut",
  "silent",
  "slow",
  "half an answer",
  "error reply",
  "ok: 0",
  "answered after the deadline",
  "lost reply",
] as const;
export type Fault = (typeof faults)[number];

/** The requests that meet a fault. */
export const operations = ["register", "login", "refresh", "batch", "list", "change", "delete", "export"] as const;
export type Operation = (typeof operations)[number];

/** `cold`: the process has no connection to the dependency yet. `warm`: it has served the same request before. */
export const phases = ["cold", "warm"] as const;
export type Phase = (typeof phases)[number];
