import {
  defaultLimits,
  defaultPasswords,
  defaultTokens,
  type LimitConfig,
  type ServiceConfig,
} from "../../service/config.ts";

const unlimited = { requests: 1_000_000_000, windowSeconds: 60 };

/** No measurement reaches its limits: all users share one address, and send requests without a pause. */
export const benchConfig: Omit<ServiceConfig, "apiUrl"> = {
  corsOrigins: ["https://app.test"],
  minimumAppVersion: "0.0.0",
  passwords: defaultPasswords,
  tokens: defaultTokens,
  limits: Object.fromEntries(Object.keys(defaultLimits).map((name) => [name, unlimited])) as unknown as LimitConfig,
  trustedProxies: 0,
};
