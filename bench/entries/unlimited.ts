import type { LimitConfig } from "../../service/config.ts";

const unlimited = { requests: 1_000_000_000, windowSeconds: 60 };

/** Limits that no measurement reaches: all its users share one address, and one may ask without end. */
export const noLimits: LimitConfig = {
  loginByAccountAndAddress: unlimited,
  loginByAddress: unlimited,
  loginsByUser: unlimited,
  registerByAddress: unlimited,
  refreshBySession: unlimited,
  passwordChangeByUser: unlimited,
};
