import { defaultLimits, type LimitConfig } from "../../service/config.ts";

const unlimited = { requests: 1_000_000_000, windowSeconds: 60 };

/** No measurement reaches these limits: all its users share one address, and send requests without a pause. */
export const noLimits = Object.fromEntries(
  Object.keys(defaultLimits).map((name) => [name, unlimited]),
) as unknown as LimitConfig;
